import type { Guarantee, Safety } from "../guarantee.js";
import type { BatchInput } from "../plan/batch-input.js";

/** How much of a batch came from one input. */
export interface InputInfo {
  /** Records that the input brought. */
  readonly numRecords: number;
  /** What else it says of them: bytes, paths, or what a receiver stored with a block. */
  readonly metadata?: Record<string, unknown>;
}

/** Records that were set aside: too long, malformed. */
export interface RejectedRecords {
  /** How many; 0 where all of those in `records` were counted before they came to their end. */
  readonly count: number;
  readonly reason: string;
  /** The first 1 KiB of the first one. */
  readonly sample: Uint8Array;
  /** What is known of some of them. */
  readonly records?: readonly RejectedRecord[];
}

/** One record that was set aside. */
export interface RejectedRecord {
  readonly bytes: number;
  /** The CRC-32C of all its bytes. */
  readonly crc32c: number;
  /** Its first bytes, 1 KiB at most. */
  readonly sample: Uint8Array;
}

/** An input stream's source: brings records from outside and hands them out batch by batch. */
export interface StreamInput extends BatchInput {
  /** What it promises of each record while `safety` is in force. */
  promise(safety: Safety): Guarantee;
  /** Loads what it needs to start; absent where that is all there. */
  prepare?(): Promise<void>;
  /** Called once, when the context starts and it is prepared. */
  start(events: InputEvents): void;
  /** Stops bringing records; those brought can still be taken. Resolves when no more will come. */
  stop(): Promise<void>;
  /** Records are there, or will come without the outside: a graceful stop takes them first. */
  hasPending(): boolean;
  /** What the last batch took; its figures are those known when somebody looks. */
  info(): InputInfo;
  /** What was set aside up to the last batch, and not told yet. */
  rejected(): RejectedRecords | undefined;
  /** Gives back what was brought and not taken. */
  free(): void;
  /** Bytes that were brought and that no batch has taken; absent where the input holds none itself. */
  readonly bytesPending?: number;
  /** A limit of its own, where it has one. */
  readonly capacity?: Capacity | undefined;
}

/** What an input holds until it is processed, and its own limit of that. */
export interface Capacity {
  readonly bytes: number;
  readonly bytesMax: number;
  readonly count: number;
  /** How often there was no room. */
  readonly reached: number;
}

/** What an input tells its context. */
export interface InputEvents {
  /** Its receiver runs, for the first time or again. */
  started(): void;
  /** Its receiver has ended, or ends before it starts again. */
  stopped(message?: string, error?: unknown): void;
  error(message: string, error: unknown): void;
  /** Records of the batch of `batchTimeMs` were set aside while a job read them, after the batch was made. */
  rejected(batchTimeMs: number, rejected: RejectedRecords): void;
}
