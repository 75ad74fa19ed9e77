import type { InputEvents, StreamInput } from "../../src/batch/stream-input.js";
import type { InputBlock } from "../../src/block/block.js";
import { decodeLines } from "../../src/block/decode.js";
import type { LocalEngine } from "../../src/engine/local-engine.js";
import type { Threads } from "../../src/engine/threads.js";
import type { Host, TcpEvents } from "../../src/host.js";
import { BatchScope } from "../../src/plan/scope.js";
import type { Flow } from "../../src/receiver/flow.js";
import type { InputContext } from "../../src/receiver/input.js";
import type { Intake } from "../../src/receiver/intake.js";
import { ReceiverInput, type Receiving } from "../../src/receiver/receiver-input.js";
import { ReceivingLimits } from "../../src/receiver/receiving-limits.js";
import { type Clock, ManualClock } from "../../src/time/clock.js";
import { fakeHost, newThreads } from "./kernel.js";

/** A connection that a source has opened. */
export interface FakeConnection {
  readonly events: TcpEvents;
  isPaused: boolean;
  isDestroyed: boolean;
}

/** A host whose time stands still until `pass` moves it, and whose connections are the test's. */
export class FakeNetwork {
  readonly host: Host & { readonly warnings: string[] };
  readonly connections: FakeConnection[] = [];
  nowMs = 0;
  #timers: Array<{ readonly dueMs: number; readonly fire: () => void }> = [];

  constructor() {
    this.host = {
      ...fakeHost(),
      monotonicNow: () => this.nowMs,
      breathe: () => new Promise((resolve) => setImmediate(resolve)),
      setTimer: (delayMs, fire) => {
        const timer = { dueMs: this.nowMs + delayMs, fire };
        this.#timers.push(timer);
        return { cancel: () => this.#forget(timer) };
      },
      connectTcp: (_hostname, _port, events) => {
        const connection: FakeConnection = { events, isPaused: false, isDestroyed: false };
        this.connections.push(connection);
        return {
          pause: () => {
            connection.isPaused = true;
          },
          resume: () => {
            connection.isPaused = false;
          },
          destroy: () => {
            if (connection.isDestroyed) return;
            connection.isDestroyed = true;
            queueMicrotask(() => events.closed(undefined));
          },
        };
      },
    };
  }

  /** Timers that have not fired. */
  get timerCount(): number {
    return this.#timers.length;
  }

  /** The connection that was opened last. */
  get last(): FakeConnection {
    return this.connections.at(-1)!;
  }

  /** Moves the host's time on, timer by timer. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      await turn();
      const next = this.#timers.filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (!next) break;
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      this.#forget(next);
      next.fire();
    }
    this.nowMs = endMs;
    await turn();
  }

  #forget(timer: unknown): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}

/** Resolves when everything that waits for nothing outside is done. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export type Event = [name: "started" | "stopped" | "error", message?: string | undefined, error?: unknown];

export interface Opened<I extends StreamInput> {
  readonly network: FakeNetwork;
  readonly clock: ManualClock;
  readonly threads: Threads;
  readonly flow: Flow;
  readonly input: I;
  readonly events: Event[];
  start(): void;
  /** The rows of the next batch, a list for each partition. */
  take(): Promise<unknown[][]>;
  /** The batch that was taken last is processed. */
  processed(): void;
  /** The batch that was taken last is forgotten. */
  release(): void;
}

export interface SetupOptions {
  readonly bytesMax?: number;
  readonly limit?: number;
  readonly clock?: Clock;
  readonly blockIntervalMs?: number;
  readonly lineBytesMax?: number;
}

const INTERVAL_MS = 1000;

/** An input without a context around it. */
export function opened<I extends StreamInput>(
  make: (context: InputContext) => I,
  options: SetupOptions = {},
): Opened<I> {
  const network = new FakeNetwork();
  const clock = new ManualClock();
  const threads = newThreads();
  const limits = new ReceivingLimits(options.bytesMax ?? 1_000_000);
  const flow = limits.received;
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const { host } = network;
  const input = make({
    streamId: 0,
    engine: { host, threads, isStarted: true, defaultParallelism: 1, start: async () => {} } as unknown as LocalEngine,
    clock: options.clock ?? clock,
    flow,
    calls: limits.calls,
    openBlocks: limits.openBlocks,
    batchIntervalMs: INTERVAL_MS,
    blockIntervalMs: options.blockIntervalMs ?? 200,
    rate: { limit, limitMax: limit },
    lineBytesMax: options.lineBytesMax ?? 1000,
    isManualClock: options.clock === undefined,
    isInsideOutput: () => false,
    isEarly: () => false,
  });
  const events: Event[] = [];
  const listener: InputEvents = {
    started: () => events.push(["started"]),
    stopped: (message, error) => events.push(["stopped", message, error]),
    error: (message, error) => events.push(["error", message, error]),
    rejected: () => {},
  };
  let time = 0;
  let scope: BatchScope | undefined;
  return {
    network,
    clock,
    threads,
    flow,
    input,
    events,
    start: () => input.start(listener),
    take: async () => {
      time += INTERVAL_MS;
      scope = new BatchScope({ id: time / INTERVAL_MS, time, attempt: 1 });
      const dataset = await input.take(scope);
      if (dataset?.kind !== "source") throw new Error("What was received is a source.");
      return dataset.partitions.map((blocks) => rowsOf(blocks as readonly InputBlock[], threads));
    },
    processed: () => scope!.processed(),
    release: () => scope!.release(({ blocks }) => threads.free(blocks)),
  };
}

/** A receiver without a context around it. */
export function receiving(
  make: (intake: Intake) => Receiving,
  options: SetupOptions = {},
): Opened<ReceiverInput> & { readonly intake: Intake } {
  let intake!: Intake;
  const input = opened(
    (context) =>
      new ReceiverInput("Test-0", context, (made) => {
        intake = made;
        return make(made);
      }),
    options,
  );
  return Object.assign(input, { intake });
}

function rowsOf(blocks: readonly InputBlock[], threads: Threads): unknown[] {
  return blocks.flatMap((block): unknown[] => {
    if (block.kind === "rows") return [...block.rows];
    if (block.kind !== "slice") throw new Error("Received blocks are text or rows.");
    return [...decodeLines(threads.memoryOf(block.block.home), block.block.ptr + block.offset, block.bytes)].flat();
  });
}
