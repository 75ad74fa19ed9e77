/** How many of a kind a `Flow` holds at most. */
export interface FlowLimits {
  /** Records that lie as JavaScript values or in columns; lines of text are bounded by their bytes. Default: no limit. */
  readonly recordsMax?: number;
  /** Blocks. Default: no limit. */
  readonly blocksMax?: number;
}

/**
 * What was received and is not processed yet, against limits of bytes, of records and of blocks: who brings more waits until there is room. A single portion
 * larger than a limit is taken when nothing else waits.
 */
export class Flow {
  readonly bytesMax: number;
  readonly recordsMax: number;
  readonly blocksMax: number;
  readonly parent: Flow | undefined;
  readonly #waiting = new Set<() => void>();
  #bytesHeld = 0;
  #recordsHeld = 0;
  #blocksHeld = 0;
  #reached = 0;
  #blocksReached = 0;

  /** `parent` is a limit that holds as well, shared by several. */
  constructor(bytesMax: number, parent?: Flow, limits: FlowLimits = {}) {
    this.bytesMax = bytesMax;
    this.parent = parent;
    this.recordsMax = limits.recordsMax ?? Number.POSITIVE_INFINITY;
    this.blocksMax = limits.blocksMax ?? Number.POSITIVE_INFINITY;
  }

  get bytesHeld(): number {
    return this.#bytesHeld;
  }

  get recordsHeld(): number {
    return this.#recordsHeld;
  }

  get blocksHeld(): number {
    return this.#blocksHeld;
  }

  /** How often somebody found no room for bytes or records here. */
  get reached(): number {
    return this.#reached;
  }

  /** How often there were as many blocks as there may be. */
  get blocksReached(): number {
    return this.#blocksReached;
  }

  /** Why `bytes` more find no room, for messages. */
  whyFull(bytes: number): string {
    if (this.#isFull(bytes, 0)) {
      return `${this.#bytesHeld} bytes wait to be processed, ${bytes} more do not fit into ${this.bytesMax}`;
    }
    return (
      `${this.#recordsHeld} records in ${this.#blocksHeld} blocks wait to be processed, and there may be ` +
      `${this.recordsMax} records and ${this.blocksMax} blocks`
    );
  }

  /** No more blocks may be made, here or in the parent. */
  get isFullOfBlocks(): boolean {
    return this.#hasTooManyBlocks(1) || this.parent?.isFullOfBlocks === true;
  }

  /** Whether this limit, whatever its parent says, has no room for so much. */
  isFullFor(bytes: number, records = 0, blocks = 0): boolean {
    return this.#isFull(bytes, records) || this.#hasTooManyBlocks(blocks);
  }

  hasRoom(bytes: number, records = 0, blocks = 0): boolean {
    const { parent } = this;
    return !this.isFullFor(bytes, records, blocks) && (parent === undefined || parent.hasRoom(bytes, records, blocks));
  }

  add(bytes: number, records = 0, blocks = 0): void {
    this.#bytesHeld += bytes;
    this.#recordsHeld += records;
    this.#blocksHeld += blocks;
    this.parent?.add(bytes, records, blocks);
  }

  /** Counts once that there was no room for so much, where that is so: here and in the parent. */
  countReached(bytes: number, records = 0, blocks = 0): void {
    if (this.#isFull(bytes, records)) this.#reached += 1;
    if (this.#hasTooManyBlocks(blocks)) this.#blocksReached += 1;
    this.parent?.countReached(bytes, records, blocks);
  }

  /** Gives room back and wakes all who wait; they look again, in the order in which they came. */
  remove(bytes: number, records = 0, blocks = 0): void {
    this.#bytesHeld -= bytes;
    this.#recordsHeld -= records;
    this.#blocksHeld -= blocks;
    this.parent?.remove(bytes, records, blocks);
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when room is given back, here or in the parent, or when `wakeAll` is called: look again then. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      const forget = this.whenRoom(() => {
        forget();
        resolve();
      });
    });
  }

  /** Calls `wake` whenever room is given back, here or in the parent, until the returned function is called. */
  whenRoom(wake: () => void): () => void {
    this.#waiting.add(wake);
    const forgetParent = this.parent?.whenRoom(wake);
    return () => {
      this.#waiting.delete(wake);
      forgetParent?.();
    };
  }

  /** Wakes all who wait, because what they wait for has ended. */
  wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #isFull(bytes: number, records: number): boolean {
    return (
      (this.#bytesHeld > 0 && this.#bytesHeld + bytes > this.bytesMax) ||
      (this.#recordsHeld > 0 && this.#recordsHeld + records > this.recordsMax)
    );
  }

  #hasTooManyBlocks(blocks: number): boolean {
    return this.#blocksHeld > 0 && this.#blocksHeld + blocks > this.blocksMax;
  }
}
