import { ConfigError, PlanError, SourceError } from "../errors.js";
import { checkStorageLevel, type StorageLevel } from "../plan/storage-level.js";
import { type DurationLike, toDuration } from "../time/duration.js";

/** How long a restart waits between `onStop()` and `onStart()` where nothing is said, in milliseconds; as Spark's. */
export const RESTART_DELAY_MS = 2000;

/** The level of received data in Spark. */
const RECEIVED_LEVEL: StorageLevel = "MEMORY_AND_DISK_SER_2";

/** What runs a receiver, and takes what it stores. */
export interface ReceiverPort {
  readonly streamId: number;
  readonly isStarted: boolean;
  readonly isStopped: boolean;
  store(record: unknown): void | Promise<void>;
  storeBlock(records: Iterable<unknown> | Uint8Array, metadata: unknown): Promise<void>;
  restart(message: string, error: unknown, delayMs: number): void;
  stop(message: string, error: unknown): void;
  reportError(message: string, error: unknown): void;
}

/**
 * A source of your own: a subclass says how it begins and ends to receive, and stores what it receives. `ssc.receiverStream(receiver)` makes a stream
 * of it.
 *
 * Runs from `onStart()` to `onStop()`. `isStopped()` is true from the moment a stop begins; what is stored while `onStop()` is pending is still taken;
 * afterwards `store` throws and `storeBlock` rejects with a `SourceError`, code "stopped". Both methods may be asynchronous, and should return soon: a
 * loop that receives goes on beside them. An `onStart()` that throws or rejects is reported (`onReceiverError`) and tried again after 2 s, `onStop()`
 * first; one of `onStop()` is reported. An `onStop()` that is pending for more than 2 s is left behind.
 *
 * What is stored by `store` between two multiples of `blockInterval` is a block, each call of `storeBlock` is one, and each block is a partition of the next
 * batch. `streamId` is valid from `receiverStream()` on, -1 before.
 *
 * @example
 * ```ts
 * class Counter extends Receiver<number> {
 *   async onStart() {
 *     for (let n = 0; !this.isStopped(); n++) await this.store(n);
 *   }
 *   onStop() {}
 * }
 * ```
 */
export abstract class Receiver<T> {
  /** As given; received data stay in memory whatever it says. */
  readonly storageLevel: StorageLevel;
  #port: ReceiverPort | undefined;

  /**
   * `storageLevel`: for those who come from Spark. What was received stays in memory until its batch is processed, whatever the level, bounded by
   * `receivedBytesMax`. `ConfigError` for what is no level.
   */
  constructor(storageLevel: StorageLevel = RECEIVED_LEVEL) {
    this.storageLevel = checkStorageLevel(storageLevel, "storageLevel of a receiver");
  }

  /** Begins to receive. */
  abstract onStart(): void | Promise<void>;

  /** Ends it, and gives back whatever `onStart()` took. */
  abstract onStop(): void | Promise<void>;

  /** @internal Once, by `receiverStream()`: where the receiver belongs. */
  static attach(receiver: Receiver<never>, port: ReceiverPort): void {
    receiver.#port = port;
  }

  /** @internal Refuses what is no receiver, and one that has a stream: `ConfigError`, `PlanError`. */
  static check(receiver: unknown): void {
    if (!(receiver instanceof Receiver)) {
      throw new ConfigError(`receiverStream needs a Receiver, got ${typeof receiver}: extend the class Receiver.`, {
        code: "invalid-receiver",
        details: { got: receiver },
      });
    }
    const missing = (["onStart", "onStop"] as const).find((method) => typeof receiver[method] !== "function");
    if (missing !== undefined) {
      throw new ConfigError(`A receiver needs the methods onStart() and onStop(), this one has no ${missing}.`, {
        code: "invalid-receiver",
        details: { got: receiver, missing },
      });
    }
    if (receiver.#port !== undefined) {
      throw new PlanError("A receiver has one stream, and this one has its own already: make another one.", {
        code: "receiver-in-use",
        details: { streamId: receiver.#port.streamId },
      });
    }
  }

  /** Number of the stream in its context. */
  get streamId(): number {
    return this.#port?.streamId ?? -1;
  }

  /**
   * One record, buffered into the current block: fast, unreliable. Returns nothing where it is taken at once. Waits while the limit of records a second or
   * of bytes says so, and now and then so that others have their turn: await what it returns. Records keep the order of the calls. On a manual clock it is
   * a later batch that ends the waiting, so whoever moves the clock must not wait for it.
   */
  store(record: T): void | Promise<void> {
    return this.#attached("store").store(record);
  }

  /**
   * A whole block, kept apart from others; resolves when it is stored: acknowledge the source then. Bytes are records in the encoding that
   * `rawSocketStream` reads; damaged ones are reported and reject. It waits for the limit of bytes, not for that of records a second.
   * `metadata` is shown in the batch's `streamIdToInputInfo`.
   */
  storeBlock(records: Iterable<T> | Uint8Array, metadata?: unknown): Promise<void> {
    const stored = this.#storeBlock(records, metadata);
    // A receiver that does not look at what becomes of its block harms nobody else.
    stored.catch(() => {});
    return stored;
  }

  /**
   * Stops, and starts again `delay` after this call, by default 2 s, or when `onStop()` has ended, if that takes longer. The delay is one of the host's
   * time, and on a manual clock of that clock's too, whichever is over first. Returns at once. While a restart is under way another one changes nothing.
   */
  restart(message: string, error?: unknown, delay: DurationLike = RESTART_DELAY_MS): void {
    const { milliseconds } = toDuration(delay, "The delay of a restart");
    if (milliseconds < 0) {
      throw new ConfigError(`The delay of a restart must be 0 ms or longer, got ${milliseconds} ms.`, {
        code: "invalid-option",
        details: { option: "delay", got: milliseconds },
      });
    }
    this.#attached("restart").restart(message, error, milliseconds);
  }

  /** Ends this receiver for good; its stream goes on with empty batches. Returns at once. */
  stop(message: string, error?: unknown): void {
    this.#attached("stop").stop(message, error);
  }

  /** Tells listeners; receiving goes on. */
  reportError(message: string, error: unknown): void {
    this.#attached("reportError").reportError(message, error);
  }

  /** True from the call of `onStart()` to the beginning of a stop. */
  isStarted(): boolean {
    return this.#port?.isStarted ?? false;
  }

  /** True from the beginning of a stop on, until `onStart()` is called again. */
  isStopped(): boolean {
    return this.#port?.isStopped ?? false;
  }

  async #storeBlock(records: Iterable<T> | Uint8Array, metadata: unknown): Promise<void> {
    await this.#attached("storeBlock").storeBlock(records, metadata);
  }

  #attached(method: string): ReceiverPort {
    if (this.#port) return this.#port;
    throw new SourceError(
      `${method} of a receiver needs a stream to store into: call receiverStream() with it first.`,
      {
        code: "no-stream",
      },
    );
  }
}
