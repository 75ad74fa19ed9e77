import { type EntryColumns, entriesIn, type SavedState } from "../plan/durable-state.js";
import { type Layer, mergeLayers, type Part } from "./merge-runs.js";
import { Gone, type Slot, slotsOf, withoutGone } from "./slots.js";
import type { WrittenChange } from "./state-change.js";

/** A part of a run, written under a key of its own. */
export interface SegmentRef {
  readonly epoch: number;
  readonly number: number;
}

/** Changes of some time that lie in segments, in order. */
export interface Run {
  readonly segments: readonly SegmentRef[];
  /** Slots in all. */
  readonly slots: number;
  /** Partitions of which nothing older counts. */
  readonly resets: readonly number[];
}

/** How the segments of a run are read. */
export type ReadSegment = (segment: SegmentRef) => AsyncIterable<Part>;

/** What has changed in a partition since the newest run. */
interface Recent {
  isReset: boolean;
  readonly slots: Map<number, Slot>;
}

/** Changes that are about to be a run. */
export interface Flush {
  readonly parts: readonly Part[];
  readonly resets: readonly number[];
}

/**
 * The state of an operator as the log has it: runs of changes that lie in segments, oldest first, and what has changed since the newest run. What a batch changes is written
 * with its commit, with the next run, and again when runs of about the same size become one: as often as a state has doublings. **Source:** O'Neil, Cheng, Gawlick, O'Neil:
 * "The Log-Structured Merge-Tree", Acta Informatica 33 (1996).
 */
export class StateImage {
  readonly signature: string;
  readonly numPartitions: number;
  timeMs: number;
  note: unknown;
  runs: readonly Run[];
  #recent: Recent[];

  constructor(
    { signature, numPartitions }: { readonly signature: string; readonly numPartitions: number },
    saved?: { readonly timeMs: number; readonly note: unknown; readonly runs: readonly Run[] },
  ) {
    this.signature = signature;
    this.numPartitions = numPartitions;
    this.timeMs = saved?.timeMs ?? Number.NEGATIVE_INFINITY;
    this.note = saved?.note;
    this.runs = saved?.runs ?? [];
    this.#recent = this.#nothing();
  }

  /** Whether no version was ever committed. */
  get isEmpty(): boolean {
    return this.timeMs === Number.NEGATIVE_INFINITY;
  }

  /** Slots that no run has. */
  get recentSlots(): number {
    return this.#recent.reduce((sum, { slots }) => sum + slots.size, 0);
  }

  apply({ timeMs, note, partitions }: WrittenChange): void {
    this.timeMs = timeMs;
    this.note = note;
    for (const { partition, isReset, deleted, put } of partitions) {
      if (isReset) this.#recent[partition] = { isReset: true, slots: new Map() };
      const { slots } = this.#recent[partition]!;
      for (const sequence of deleted) slots.set(sequence, new Gone(sequence));
      for (const entry of entriesIn([put])) slots.set(entry.sequence, entry);
    }
  }

  /** What has changed since the newest run, which somebody is about to make a run of: it counts as none any more. */
  flush(): Flush {
    const flush = flushOf(this.#recent);
    this.#recent = this.#nothing();
    return flush;
  }

  /** All that is saved. Reads every segment. */
  async saved(read: ReadSegment): Promise<SavedState> {
    const { parts, resets } = flushOf(this.#recent);
    const recent: Layer = { resets: new Set(resets), parts: each(parts) };
    const partitions = this.#recent.map((): EntryColumns[] => []);
    for await (const { partition, slots } of mergeLayers([...this.runs.map((run) => layerOf(run, read)), recent])) {
      partitions[partition]!.push(withoutGone(slots));
    }
    return { timeMs: this.timeMs, note: this.note, partitions };
  }

  #nothing(): Recent[] {
    return Array.from({ length: this.numPartitions }, () => ({ isReset: false, slots: new Map() }));
  }
}

/** A run as it is merged with others. */
export function layerOf({ segments, resets }: Run, read: ReadSegment): Layer {
  const parts = async function* (): AsyncGenerator<Part> {
    for (const segment of segments) yield* read(segment);
  };
  return { resets: new Set(resets), parts: parts() };
}

function flushOf(recent: readonly Recent[]): Flush {
  const parts = recent.map(({ slots }, partition) => ({
    partition,
    slots: slotsOf([...slots.values()].sort((a, b) => a.sequence - b.sequence)),
  }));
  return {
    parts: parts.filter(({ slots }) => slots.sequences.length > 0),
    resets: recent.flatMap(({ isReset }, partition) => (isReset ? [partition] : [])),
  };
}

async function* each(parts: readonly Part[]): AsyncGenerator<Part> {
  yield* parts;
}
