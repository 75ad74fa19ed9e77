import { SourceError } from "../errors.js";

/** Somebody who holds a block that is not whole. */
export interface OpenBlockHolder {
  /** Drops the block, as there is no room for all of them. */
  evict(error: SourceError): void;
}

/**
 * The bytes of blocks that have begun to come and are not whole, over all connections of a context, against a limit: where they need more, the largest block is
 * dropped. None of them can wait for another one, as only what its own peer sends ends it.
 */
export class OpenBlocks {
  readonly bytesMax: number;
  readonly #held = new Map<OpenBlockHolder, number>();
  #bytesHeld = 0;
  #reached = 0;

  /** A single block must not be larger than `bytesMax`: whoever holds one sees to that. */
  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytesHeld(): number {
    return this.#bytesHeld;
  }

  get count(): number {
    return this.#held.size;
  }

  /** Blocks that were dropped. */
  get reached(): number {
    return this.#reached;
  }

  /** `holder` has so many bytes of a block now; with 0 none. */
  hold(holder: OpenBlockHolder, bytes: number): void {
    this.#set(holder, bytes);
    while (this.#bytesHeld > this.bytesMax) this.#evictLargest();
  }

  #set(holder: OpenBlockHolder, bytes: number): void {
    this.#bytesHeld += bytes - (this.#held.get(holder) ?? 0);
    if (bytes > 0) this.#held.set(holder, bytes);
    else this.#held.delete(holder);
  }

  #evictLargest(): void {
    const [holder, bytes] = [...this.#held].reduce((largest, each) => (each[1] > largest[1] ? each : largest));
    this.#reached += 1;
    const message =
      `${bytes} bytes of a block that is not whole are dropped: the open blocks of all connections have ${this.#bytesHeld} bytes, more than receivedBytesMax, ` +
      `${this.bytesMax}. Send smaller blocks, or raise receivedBytesMax.`;
    const details = { bytes, bytesHeld: this.#bytesHeld, bytesMax: this.bytesMax };
    this.#set(holder, 0);
    holder.evict(new SourceError(message, { code: "open-blocks-full", details }));
  }
}
