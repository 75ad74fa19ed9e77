/**
 * A checkpoint's store as the model has it: what lies under its keys, and beside it what nobody sees but the checks, the history of the job as it came about.
 */

export const KINDS = ["opened", "planned", "committed"] as const;
export type Kind = (typeof KINDS)[number];

/** An entry of the log in 16 bits, as states are many: what it says, the epoch and the process that wrote it, and the batch. */
export function entryOf(kind: Kind, epoch: number, writer: number, batch = 0): number {
  return ((KINDS.indexOf(kind) + 1) << 12) | (epoch << 8) | (batch << 4) | writer;
}

export const kindOf = (entry: number): Kind => KINDS[(entry >> 12) - 1]!;
export const epochOf = (entry: number): number => (entry >> 8) & 15;
export const batchOf = (entry: number): number => (entry >> 4) & 15;
export const writerOf = (entry: number): number => entry & 15;

/** A generation: its place in the log, and the segments of its runs. */
export interface Generation {
  readonly at: number;
  readonly segments: readonly number[];
}

/** A segment's epoch and its number there. */
export const segmentOf = (epoch: number, number: number): number => epoch * 16 + number;
export const segmentEpoch = (segment: number): number => segment >> 4;

export class Store {
  /** By number, from 1; 0 where nothing is. */
  log: number[];
  /** Ascending. */
  generations: Generation[];
  segments: number[];
  /** The first that was ever written under each number: what happened. */
  history: number[];
  /** What became visible of each batch: who planned it. */
  outputs: number[];

  constructor(from?: Store) {
    this.log = from ? [...from.log] : [0];
    this.generations = from ? [...from.generations] : [];
    this.segments = from ? [...from.segments] : [];
    this.history = from ? [...from.history] : [];
    this.outputs = from ? [...from.outputs] : [];
  }

  get newest(): number {
    return Math.max(
      0,
      this.log.findLastIndex((entry) => entry !== 0),
    );
  }

  /** False where the number is taken, and `onlyNew`. */
  append(number: number, entry: number, onlyNew: boolean): boolean {
    if (onlyNew && this.log[number]) return false;
    while (this.log.length <= number) this.log.push(0);
    this.log[number] = entry;
    if (number > this.history.length) this.history[number - 1] = entry;
    return true;
  }

  writeGeneration(generation: Generation): void {
    this.generations = [...this.generations.filter(({ at }) => at !== generation.at), generation];
    this.generations.sort((a, b) => a.at - b.at);
  }

  writeSegment(segment: number): void {
    this.segments = [...this.segments.filter((other) => other !== segment), segment];
    this.segments.sort((a, b) => a - b);
  }

  has(segments: readonly number[]): boolean {
    return segments.every((segment) => this.segments.includes(segment));
  }

  /** The generation that a process begins from, without those in `unreadable`; undefined where it begins from the whole log, "none" where nothing is whole. */
  basis(unreadable: readonly number[] = []): Generation | undefined | "none" {
    const readable = ({ at, segments }: Generation) => !unreadable.includes(at) && this.has(segments);
    const generation = this.generations.findLast(readable);
    if (generation) return generation;
    for (let number = 1; number <= this.newest; number++) if (!this.log[number]) return "none";
    return undefined;
  }

  /** The batch that the first `count` entries of the history leave planned and not committed, and how many they commit. */
  batches(count: number): { readonly pending: number; readonly committed: number } {
    let pending = 0;
    let committed = 0;
    for (let i = 0; i < count; i++) {
      const entry = this.history[i]!;
      if (kindOf(entry) === "planned") pending = batchOf(entry);
      if (kindOf(entry) === "committed") {
        pending = 0;
        committed++;
      }
    }
    return { pending, committed };
  }

  key(): string {
    const { log, generations, segments, history, outputs } = this;
    const parts = [log.length, ...log, history.length, ...history, segments.length, ...segments, ...outputs, 0xffff];
    for (const generation of generations) parts.push(generation.at, generation.segments.length, ...generation.segments);
    return String.fromCharCode(...parts);
  }
}
