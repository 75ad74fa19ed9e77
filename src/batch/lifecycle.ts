import type { ContextCheckpoint } from "../checkpoint/context-checkpoint.js";
import type { LocalEngine } from "../engine/local-engine.js";
import { KernelError, PlanError } from "../errors.js";
import type { AsyncMark } from "../host.js";
import type { StreamGraph } from "../plan/stream-graph.js";
import { type Clock, ManualClock, SteadyClock } from "../time/clock.js";
import type { Duration } from "../time/duration.js";
import { BatchQueue } from "./batch-queue.js";
import type { Inputs } from "./inputs.js";
import type { ListenerBus } from "./listener.js";
import type { MetricsRecorder } from "./metrics-recorder.js";
import { Stopping } from "./stopping.js";
import { Termination } from "./termination.js";
import { Ticker } from "./ticker.js";

/** Before `start()`, from then on, and from `stop()` on. A context that was stopped cannot be started again. */
export type StreamingContextState = "INITIALIZED" | "ACTIVE" | "STOPPED";

export interface LifecycleOptions {
  readonly graph: StreamGraph;
  readonly engine: LocalEngine;
  readonly clock: Clock;
  readonly bus: ListenerBus;
  readonly inputs: Inputs;
  readonly metrics: MetricsRecorder;
  /** Set while an output runs. */
  readonly mark: AsyncMark;
  readonly batchInterval: Duration;
  readonly gracefulStopTimeout: Duration;
  readonly concurrentJobs: number;
  readonly onBatchFailure: "continue" | "stop";
  readonly stopGracefullyOnShutdown: boolean;
  /** Whether a store for checkpoints is set. */
  readonly hasStore: () => boolean;
  /** What is in that store, where somebody has looked. */
  readonly foundCheckpoint: () => ContextCheckpoint | undefined;
  /** Looks into that store, which must be empty. */
  readonly newCheckpoint: () => Promise<ContextCheckpoint>;
  /** Called when the engine is there, before the first batch: lambdas are lowered now. */
  readonly prepare: () => Promise<void>;
  /** The context has become active, or has stopped. */
  readonly stateChanged: (state: StreamingContextState) => void;
}

interface BatchTimes {
  readonly zeroMs: number;
  readonly intervalMs: number;
  /** Batches up to here are made already. */
  readonly afterMs: number;
}

/** Codes of errors of a kernel's memory that is full. */
const NO_ROOM: ReadonlySet<string> = new Set(["memory-limit", "memory-refused", "table-limit"]);

/** Starts and stops a context, once each, and knows how it ended. */
export class Lifecycle {
  readonly termination = new Termination();
  readonly #options: LifecycleOptions;
  #state: StreamingContextState = "INITIALIZED";
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #ticker: Ticker | undefined;
  #queue: BatchQueue | undefined;
  #checkpoint: ContextCheckpoint | undefined;
  #forgetShutdown: (() => void) | undefined;
  #startTime: number | undefined;
  #startedAtMs = 0;
  #upMs: number | undefined;
  #kernelLimits = 0;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** What was in the store for checkpoints is attached. */
  get isAttached(): boolean {
    return this.#queue !== undefined;
  }

  get state(): StreamingContextState {
    return this.#state;
  }

  /** When the context started, by its clock. */
  get startTime(): number | undefined {
    return this.#startTime;
  }

  /** For how long it has run, or ran until its stop, in ms of the host. */
  get uptimeMs(): number {
    if (this.#startTime === undefined) return 0;
    return this.#upMs ?? this.#options.engine.host.monotonicNow() - this.#startedAtMs;
  }

  /** How often a batch failed as it found no room in the kernel's memory. */
  get kernelLimitsReached(): number {
    return this.#kernelLimits;
  }

  /** The batches that wait or run; undefined before the start. */
  get queue(): Pick<BatchQueue, "count" | "countMax" | "reached"> | undefined {
    return this.#queue;
  }

  async start(): Promise<void> {
    const { engine, graph } = this.#options;
    if (this.#state === "ACTIVE") {
      engine.host.warn("millrace: StreamingContext has already been started");
      return this.#starting;
    }
    if (this.#state === "STOPPED") {
      throw new PlanError("StreamingContext has already been stopped: make a new one.", { code: "context-stopped" });
    }
    this.#become("ACTIVE");
    graph.close("starting");
    this.#starting = this.#begin();
    try {
      await this.#starting;
    } catch (error) {
      this.termination.failed(error);
      await this.stop(false);
      throw error;
    }
  }

  /** Resolves when the context has stopped, in whichever way it was told to first. Never rejects. */
  stop(gracefully: boolean): Promise<void> {
    this.#stopping ??= this.#stop(gracefully);
    return this.#stopping;
  }

  async #begin(): Promise<void> {
    const { graph, engine, clock, hasStore } = this.#options;
    const found = this.#options.foundCheckpoint();
    const times = this.#timesOf(found);
    graph.start({ ...times, hasStore: hasStore(), release: (scope) => engine.release(scope) });
    if (!hasStore()) this.#warnOfState();
    const ready = this.#getReady(found, times);
    this.#startTime = clock.now();
    this.#startedAtMs = engine.host.monotonicNow();
    this.#ticker = this.#tickerOf(times);
    const started = this.#startInputs(ready);
    this.#ticker.begin(started);
    if (this.#options.stopGracefullyOnShutdown) {
      this.#forgetShutdown = engine.host.onShutdown?.((signal) => {
        engine.host.warn(
          `millrace: ${signal}: StreamingContext stops gracefully; the next such signal ends the process`,
        );
        void this.stop(true);
      });
    }
    await started;
  }

  /** Inputs have what an earlier process has received before the first tick, which may be overdue, takes it. */
  async #startInputs(ready: Promise<void>): Promise<void> {
    const { bus, inputs } = this.#options;
    await ready;
    if (this.#stopping) return;
    bus.post("onStreamingStarted", { time: this.#startTime! });
    inputs.start();
  }

  /** When batches are: at multiples of the interval since the epoch, the first one after now, or after the last one of the process before. */
  #timesOf(found: ContextCheckpoint | undefined): BatchTimes {
    const { clock, batchInterval } = this.#options;
    const intervalMs = batchInterval.milliseconds;
    const resumed = found?.resumed;
    if (resumed === undefined || resumed.newest.id < 0) {
      const zeroMs = Math.floor(clock.now() / intervalMs) * intervalMs;
      return { zeroMs, intervalMs, afterMs: zeroMs };
    }
    const afterMs = resumed.newest.timeMs;
    // A manual clock is the program's: a new one begins at 0.
    if (clock instanceof ManualClock) clock.resumeAt(afterMs);
    // A graceful stop makes its last batch before its time, which is waited for; a clock that was set back meanwhile is not.
    else if (clock instanceof SteadyClock) clock.resumeAt(afterMs - intervalMs);
    return { zeroMs: resumed.intervalMs === intervalMs ? resumed.zeroMs : afterMs, intervalMs, afterMs };
  }

  /** Resolves when the first batch can be made. */
  async #getReady(found: ContextCheckpoint | undefined, times: BatchTimes): Promise<void> {
    const { engine, inputs, hasStore, newCheckpoint, prepare } = this.#options;
    const checkpoint = found ?? (hasStore() ? await newCheckpoint() : undefined);
    await Promise.all([engine.start(), inputs.prepare()]);
    await prepare();
    this.#checkpoint = checkpoint;
    await checkpoint?.open(times, (error) => this.#cannotGoOn(error));
    this.#queue = new BatchQueue(
      {
        ...this.#options,
        checkpoint,
        onError: (error) => this.#batchFailed(error),
        onFatal: (error) => this.#cannotGoOn(error),
      },
      inputs.sources,
    );
    if (checkpoint?.resumed) this.#queue.resume(checkpoint.resumed.newest.id, checkpoint.pending);
  }

  #tickerOf({ intervalMs, afterMs }: BatchTimes): Ticker {
    const { clock, engine, mark } = this.#options;
    return new Ticker({
      clock,
      host: engine.host,
      intervalMs,
      afterMs,
      tick: (timeMs) => this.#queue?.submit(timeMs),
      failed: (error) => this.#cannotGoOn(error),
      roomToWait: () => this.#queue?.roomToWait(),
      hasRoom: async () => this.#queue?.hasRoom(),
      settled: async () => this.#queue?.idle(),
      isWaitingForCaller: () => mark.isSet(),
    });
  }

  /** State is as safe as the process where no store is set. */
  #warnOfState(): void {
    const { graph, engine } = this.#options;
    const names = new Set<string>();
    for (const { operator, label } of graph.reachable()) if (operator.isStateful) names.add(label ?? operator.name);
    if (names.size === 0) return;
    engine.host.warn(
      `millrace: no checkpoint store is set: the state of ${[...names].join(", ")} lives as long as this context. ` +
        "Set a store with StreamingContext.checkpoint().",
    );
  }

  /** Nothing that comes would count: the checkpoint cannot be written any more, or no batch can be named. */
  #cannotGoOn(error: unknown): void {
    this.termination.failed(error);
    void this.stop(false);
  }

  #batchFailed(error: unknown): void {
    if (error instanceof KernelError && NO_ROOM.has(error.code)) this.#kernelLimits += 1;
    this.termination.failed(error);
    if (this.#options.onBatchFailure === "stop") void this.stop(false);
  }

  /** Ends the context, whatever happens: an error on the way is for `awaitTermination()`. */
  async #stop(gracefully: boolean): Promise<void> {
    const { graph, engine, inputs, bus } = this.#options;
    if (this.#startTime !== undefined) this.#upMs = this.uptimeMs;
    this.#become("STOPPED");
    graph.close("stopping");
    this.#forgetShutdown?.();
    const stopping = new Stopping({ ...this.#options, queue: () => this.#queue, ticker: this.#ticker });
    // At once: no batch begins any more.
    if (!gracefully) stopping.dropAll();
    try {
      // Out of the stack of the caller, which may be an output that the stop waits for.
      await Promise.resolve();
      await this.#starting?.catch(() => {});
      // Batches of another process that were to run again.
      if (!gracefully) stopping.dropAll();
      for (const error of await inputs.stop()) this.termination.failed(error);
      await (gracefully ? stopping.drain() : stopping.settle());
      await (this.#checkpoint ?? this.#options.foundCheckpoint())?.close();
      if (engine.isStarted) {
        inputs.free();
        await graph.end();
      }
    } catch (error) {
      this.termination.failed(error);
    }
    bus.close();
    this.termination.ended();
  }

  #become(state: StreamingContextState): void {
    this.#state = state;
    this.#options.stateChanged(state);
  }
}
