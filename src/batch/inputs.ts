import type { Clock } from "../time/clock.js";
import { Time } from "../time/time.js";
import type { ListenerBus, ReceiverInfo } from "./listener.js";
import type { RejectedRecords, StreamInput } from "./stream-input.js";

export interface InputsOptions {
  readonly clock: Clock;
  readonly bus: ListenerBus;
  readonly warn: (line: string) => void;
}

interface Input {
  readonly source: StreamInput;
  /** For sources that connect to something outside. */
  receiver: ReceiverInfo | undefined;
}

/** The input streams of a context, numbered from 0 in the order of their creation: started and stopped together, their receivers told to listeners. */
export class Inputs {
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
  add(source: StreamInput, receiver: string | undefined): void {
    const streamId = this.nextId;
    const info = receiver === undefined ? undefined : { streamId, name: receiver, active: false };
    this.#inputs.push({ source, receiver: info });
  }

  start(): void {
    for (const [streamId, input] of this.#inputs.entries()) {
      input.source.start({
        started: () => this.#changed(input, true),
        stopped: (message, error) => this.#changed(input, false, message, error),
        error: (message, error) => this.#failed(input, message, error),
        rejected: (batchTimeMs, rejected) => this.#rejected(streamId, batchTimeMs, rejected),
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

  #rejected(streamId: number, batchTimeMs: number, rejected: RejectedRecords): void {
    const { bus, warn } = this.#options;
    warn(`millrace: stream ${streamId} set aside ${rejected.count} records: ${rejected.reason}`);
    bus.post("onRecordsRejected", { streamId, batchTime: new Time(batchTimeMs), ...rejected });
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
