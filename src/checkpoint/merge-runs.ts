import { joined, type SlotRange, type Slots } from "./slots.js";

/** Slots of one partition, ascending by sequence. */
export interface Part {
  readonly partition: number;
  readonly slots: Slots;
}

/** Changes of some time: parts ascending by partition and sequence. */
export interface Layer {
  /** Partitions of which nothing older counts. */
  readonly resets: ReadonlySet<number>;
  readonly parts: AsyncIterable<Part>;
}

/** Slots that are merged before somebody else gets a turn. */
const SLOTS_A_TURN = 1024;

/**
 * The slots of all layers, oldest layer first, as parts of about `SLOTS_A_TURN` at most: of each number that of the newest layer that has it. **Order:** linear in the slots, times the
 * number of layers, which are few; where one layer alone has some, it is copied. What is held is one part of each layer.
 */
export async function* mergeLayers(layers: readonly Layer[]): AsyncGenerator<Part, void, void> {
  const cursors = layers.map((layer, age) => new LayerCursor(layer, newerResets(layers, age)));
  for (const cursor of cursors) await cursor.begin();
  for (;;) {
    const partition = cursors.reduce((least, { partition: of }) => Math.min(least, of), Number.POSITIVE_INFINITY);
    if (partition === Number.POSITIVE_INFINITY) return;
    const open = cursors.filter((cursor) => cursor.partition === partition);
    yield { partition, slots: joined(mergeSome(open)) };
    for (const cursor of open) await cursor.refill();
  }
}

/** Merges until some cursor has nothing more at hand. */
function mergeSome(cursors: readonly LayerCursor[]): SlotRange[] {
  const ranges: SlotRange[] = [];
  for (let count = 0; count < SLOTS_A_TURN && !cursors.some(({ isEmpty }) => isEmpty); ) {
    let newest = cursors[0]!;
    let next = Number.POSITIVE_INFINITY;
    for (const cursor of cursors.slice(1)) {
      if (cursor.head > newest.head) {
        next = Math.min(next, cursor.head);
        continue;
      }
      // An older one with the same number counts for nothing. What comes after it may not be known yet.
      if (cursor.head === newest.head) newest.skip();
      next = Math.min(next, newest.isEmpty ? cursor.head : newest.head);
      newest = cursor;
    }
    const range = newest.takeBelow(next, SLOTS_A_TURN);
    ranges.push(range);
    count += range.end - range.begin;
  }
  return ranges;
}

/** Partitions of which some newer layer says that nothing older counts. */
function newerResets(layers: readonly Layer[], age: number): ReadonlySet<number> {
  return new Set(layers.slice(age + 1).flatMap(({ resets }) => [...resets]));
}

class LayerCursor {
  readonly #parts: AsyncIterator<Part>;
  readonly #skips: ReadonlySet<number>;
  #part: Part | undefined;
  #at = 0;

  constructor({ parts }: Layer, skips: ReadonlySet<number>) {
    this.#parts = parts[Symbol.asyncIterator]();
    this.#skips = skips;
  }

  /** Infinity where there is nothing more. */
  get partition(): number {
    return this.#part?.partition ?? Number.POSITIVE_INFINITY;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#part!.slots.sequences.length;
  }

  /** The number of the slot at hand; Infinity where there is none. */
  get head(): number {
    return this.isEmpty ? Number.POSITIVE_INFINITY : this.#part!.slots.sequences[this.#at]!;
  }

  skip(): void {
    this.#at++;
  }

  /** The slot at hand and those behind it with numbers below a limit, at most so many. */
  takeBelow(limit: number, countMax: number): SlotRange {
    const { slots } = this.#part!;
    const { sequences } = slots;
    const begin = this.#at;
    const last = Math.min(sequences.length, begin + countMax);
    do this.#at++;
    while (this.#at < last && sequences[this.#at]! < limit);
    return { slots, begin, end: this.#at };
  }

  async begin(): Promise<void> {
    await this.#next();
  }

  async refill(): Promise<void> {
    if (this.isEmpty) await this.#next();
  }

  async #next(): Promise<void> {
    do {
      const next = await this.#parts.next();
      this.#part = next.done ? undefined : next.value;
      this.#at = 0;
    } while (this.#part && (this.#part.slots.sequences.length === 0 || this.#skips.has(this.#part.partition)));
  }
}
