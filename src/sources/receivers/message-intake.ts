import { SourceError } from "../../errors.js";
import type { Receiver } from "../../receiver/receiver.js";

/** What can stop bringing messages for a while; most sources cannot. */
export interface Pausable {
  /** Brings no more messages. */
  pause?(): void;
  /** Goes on. */
  resume?(): void;
}

/** A message as a record: bytes are a `Uint8Array`, everything else stays what it is. */
export function recordOf(data: unknown): unknown {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

/**
 * Stores messages that come whether there is room or not. A source that can be paused is, while one of its messages waits; those of others wait within the limits of `calls`
 * (`metrics().queues`), and `overrun` is called for a message that does not find room there.
 */
export class MessageIntake<T> {
  readonly #receiver: Receiver<T>;
  readonly #overrun: (error: SourceError) => void;

  constructor(receiver: Receiver<T>, overrun: (error: SourceError) => void) {
    this.#receiver = receiver;
    this.#overrun = overrun;
  }

  take(data: unknown, source: Pausable): void {
    try {
      const waiting = this.#receiver.store(recordOf(data) as T);
      if (!waiting) return;
      source.pause?.();
      const resume = () => source.resume?.();
      // One that was stopped meanwhile takes no more.
      waiting.then(resume, resume);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (error.code === "too-many-calls") this.#overrun(error);
      else if (error.code !== "stopped") throw error;
    }
  }
}
