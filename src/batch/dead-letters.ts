import type { Time } from "../time/time.js";
import type { RejectedRecord } from "./stream-input.js";

/** A record that was set aside. */
export interface DeadLetter {
  /** The input that it came from. */
  readonly streamId: number;
  /** The batch that it would have been in, or the one in which it came to its end. */
  readonly batchTime: Time;
  /** Why it was set aside. */
  readonly reason: string;
  /** Its length, line end not counted. */
  readonly bytes: number;
  /** The CRC-32C of all its bytes, by which it is found again where it came from. */
  readonly crc32c: number;
  /** Its first bytes, 1 KiB at most. */
  readonly sample: Uint8Array;
}

type Origin = Pick<DeadLetter, "streamId" | "batchTime" | "reason">;

/** What a letter counts for besides its sample. */
const LETTER_BYTES = 64;
const BYTES_MAX = 2 ** 20;
const COUNT_MAX = 1024;

/** The records that were set aside last, within a limit of bytes and one of their number: the oldest are dropped, and counted. */
export class DeadLetters {
  readonly bytesMax = BYTES_MAX;
  readonly countMax = COUNT_MAX;
  #letters: DeadLetter[] = [];
  #bytes = 0;
  #told = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#letters.length;
  }

  /** Records that were set aside and of which nothing is kept, or not any more. */
  get dropped(): number {
    return Math.max(0, this.#told - this.#letters.length);
  }

  /** Those that are kept, oldest first. */
  get letters(): DeadLetter[] {
    return [...this.#letters];
  }

  /** `count` records were set aside, of which `records` are known. */
  add({ streamId, batchTime, reason }: Origin, count: number, records: readonly RejectedRecord[]): void {
    this.#told += count;
    for (const { bytes, crc32c, sample } of records) {
      this.#letters.push({ streamId, batchTime, reason, bytes, crc32c, sample });
      this.#bytes += LETTER_BYTES + sample.length;
    }
    let first = 0;
    while (this.#letters.length - first > this.countMax || this.#bytes > this.bytesMax) {
      this.#bytes -= LETTER_BYTES + this.#letters[first]!.sample.length;
      first += 1;
    }
    if (first > 0) this.#letters = this.#letters.slice(first);
  }
}
