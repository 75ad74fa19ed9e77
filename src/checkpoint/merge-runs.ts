import type { DurableEntry } from "../plan/durable-state.js";

/** Says that what an older run has under this number is gone. */
export class Gone {
  readonly sequence: number;
  constructor(sequence: number) {
    this.sequence = sequence;
  }
}
export type Slot = DurableEntry | Gone;

/** Slots of one partition, ascending by sequence. */
export interface Part {
  readonly partition: number;
  readonly slots: readonly Slot[];
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
 * The slots of all layers, oldest layer first, as parts of at most `SLOTS_A_TURN`: of each number that of the newest layer that has it. **Order:** linear in the slots, times the
 * number of layers, which are few. What is held is one part of each layer.
 */
export async function* mergeLayers(layers: readonly Layer[]): AsyncGenerator<Part, void, void> {
  const cursors = layers.map((layer, age) => new LayerCursor(layer, newerResets(layers, age)));
  for (const cursor of cursors) await cursor.begin();
  for (;;) {
    const partition = cursors.reduce((least, { partition: of }) => Math.min(least, of), Number.POSITIVE_INFINITY);
    if (partition === Number.POSITIVE_INFINITY) return;
    const open = cursors.filter((cursor) => cursor.partition === partition);
    const slots = open.length === 1 ? open[0]!.rest() : mergeSome(open);
    if (slots.length > 0) yield { partition, slots };
    for (const cursor of open) await cursor.refill();
  }
}

/** Merges until some cursor has nothing more at hand. */
function mergeSome(cursors: readonly LayerCursor[]): Slot[] {
  const slots: Slot[] = [];
  while (slots.length < SLOTS_A_TURN) {
    let least = Number.POSITIVE_INFINITY;
    for (const cursor of cursors) {
      if (cursor.isEmpty) return slots;
      if (cursor.head.sequence < least) least = cursor.head.sequence;
    }
    let newest: Slot | undefined;
    for (const cursor of cursors) if (cursor.head.sequence === least) newest = cursor.take();
    slots.push(newest!);
  }
  return slots;
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
    return this.#at >= this.#part!.slots.length;
  }

  get head(): Slot {
    return this.#part!.slots[this.#at]!;
  }

  take(): Slot {
    return this.#part!.slots[this.#at++]!;
  }

  /** What is at hand. */
  rest(): readonly Slot[] {
    const { slots } = this.#part!;
    const from = this.#at;
    this.#at = Math.min(slots.length, from + SLOTS_A_TURN);
    return from === 0 && this.#at === slots.length ? slots : slots.slice(from, this.#at);
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
    } while (this.#part && (this.#part.slots.length === 0 || this.#skips.has(this.#part.partition)));
  }
}
