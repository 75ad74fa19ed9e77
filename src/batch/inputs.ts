import { guaranteeLine, type Safety } from "../guarantee.js";
import type { Clock } from "../time/clock.js";
import { Time } from "../time/time.js";
import { DeadLetters } from "./dead-letters.js";
import type { ListenerBus, ReceiverInfo } from "./listener.js";
import type { Capacity, RejectedRecords, StreamInput } from "./stream-input.js";

export interface InputsOptions {
  readonly clock: Clock;
  readonly bus: ListenerBus;
  readonly warn: (line: string) => void;
}

/** What one input did and does. */
export interface InputMetrics {
  /** The id of the input: the order in which inputs were made, from 0. */
  readonly streamId: number;
  /** The method that made it, or the name that was given. */
  readonly name: string;
  /** Records of it in batches whose outputs have all ended; undefined where no such batch needs it. */
  readonly recordsProcessed: number | undefined;
  /** Something came that no batch has taken. */
  readonly hasPending: boolean;
  /** Bytes that came and that no batch has taken, where the input holds them itself. */
  readonly bytesPending: number | undefined;
  /** Records a second that it takes at most, `Infinity` where there is no limit; undefined where its rate cannot be limited. */
  readonly rateLimit: number | undefined;
  /** Of inputs that wait for somebody outside. */
  readonly receiver: ReceiverInfo | undefined;
}

interface Input {
  readonly name: string;
  readonly source: StreamInput;
  /** For sources that connect to something outside. */
  receiver: ReceiverInfo | undefined;
}

/** The input streams of a context, numbered from 0 in the order of their creation: started and stopped together, their receivers told to listeners. */
export class Inputs {
  /** The records that were set aside last. */
  readonly deadLetters = new DeadLetters();
  readonly #options: InputsOptions;
  readonly #inputs: Input[] = [];

  constructor(options: InputsOptions) {
    this.#options = options;
  }

  /** Id of the next input. */
  get nextId(): number {
    return this.#inputs.length;
  }

  /** The sources by id. */
  get sources(): ReadonlyMap<number, StreamInput> {
    return new Map(this.#inputs.map(({ source }, streamId) => [streamId, source]));
  }

  /** `receiver`: what listeners know it as, where it connects to something outside. */
  add(name: string, source: StreamInput, receiver: string | undefined): void {
    const streamId = this.nextId;
    const info = receiver === undefined ? undefined : { streamId, name: receiver, active: false };
    this.#inputs.push({ name, source, receiver: info });
  }

  /** What each input promises while `safety` is in force, a line an input. */
  guarantees(safety: Safety): string[] {
    return this.#inputs.map(({ name, source }, id) => guaranteeLine("source", `${id} ${name}`, source.promise(safety)));
  }

  /** `processed`: records of each input in processed batches. */
  metrics(processed: ReadonlyMap<number, number>): InputMetrics[] {
    return this.#inputs.map(({ name, source, receiver }, streamId) => ({
      streamId,
      name,
      recordsProcessed: processed.get(streamId),
      hasPending: source.hasPending(),
      bytesPending: source.bytesPending,
      rateLimit: source.rateLimit,
      receiver,
    }));
  }

  /** Bytes that came and that no batch has taken. */
  get bytesPending(): number {
    return this.#inputs.reduce((sum, { source }) => sum + (source.bytesPending ?? 0), 0);
  }

  /** The limits of those inputs that have one of their own. */
  get capacities(): ReadonlyArray<Capacity & { readonly name: string }> {
    return this.#inputs.flatMap(({ name, source }) => (source.capacity ? [{ name, ...source.capacity }] : []));
  }

  /** Resolves when all can start. */
  async prepare(): Promise<void> {
    await Promise.all(this.#inputs.map(({ source }) => source.prepare?.()));
  }

  start(): void {
    for (const [streamId, input] of this.#inputs.entries()) {
      input.source.start({
        started: () => this.#changed(input, true),
        stopped: (message, error) => this.#changed(input, false, message, error),
        error: (message, error) => this.#failed(input, message, error),
        rejected: (batchTimeMs, rejected) => this.rejected(streamId, batchTimeMs, rejected),
      });
    }
  }

  /** Resolves when no more records will come; those that came can still be taken. Returns what failed on the way. */
  async stop(): Promise<unknown[]> {
    const stops = await Promise.allSettled(this.#inputs.map(({ source }) => source.stop()));
    for (const input of this.#inputs) this.#changed(input, false);
    return stops.flatMap((stop) => (stop.status === "rejected" ? [stop.reason] : []));
  }

  /** Gives back what came and was not taken. */
  free(): void {
    for (const { source } of this.#inputs) source.free();
  }

  /** Records of an input were set aside: what is known of them is kept, and listeners are told. */
  rejected(streamId: number, batchTimeMs: number, { count, reason, sample, records = [] }: RejectedRecords): void {
    const batchTime = new Time(batchTimeMs);
    this.deadLetters.add({ streamId, batchTime, reason }, count, records);
    if (count === 0) return;
    const { bus, warn } = this.#options;
    warn(`millrace: stream ${streamId} set aside ${count} records: ${reason}`);
    bus.post("onRecordsRejected", { streamId, batchTime, count, reason, sample });
  }

  /** A receiver runs now, or runs no more; told where that is news. */
  #changed(input: Input, active: boolean, message?: string, error?: unknown): void {
    if (!input.receiver || input.receiver.active === active) return;
    const { clock, bus } = this.#options;
    input.receiver = {
      ...input.receiver,
      active,
      ...(message !== undefined && { lastErrorMessage: message }),
      ...(error !== undefined && { lastError: error, lastErrorTime: clock.now() }),
    };
    bus.post(active ? "onReceiverStarted" : "onReceiverStopped", { receiverInfo: input.receiver });
  }

  #failed(input: Input, message: string, error: unknown): void {
    const { clock, bus, warn } = this.#options;
    warn(`millrace: ${message}`);
    if (!input.receiver) return;
    input.receiver = { ...input.receiver, lastErrorMessage: message, lastError: error, lastErrorTime: clock.now() };
    bus.post("onReceiverError", { receiverInfo: input.receiver });
  }
}
