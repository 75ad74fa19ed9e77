import type { EntryColumns, SavedState, StateChange } from "../plan/durable-state.js";
import { type Layer, mergeLayers, type Part } from "./merge-runs.js";
import { merged, type Slots, slotsOf, withoutGone } from "./slots.js";

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

/** What some changes since the newest run come to. */
interface Recent {
  readonly resets: ReadonlySet<number>;
  /** By partition; undefined where nothing has changed. */
  readonly partitions: ReadonlyArray<Slots | undefined>;
  /** Slots in all. */
  readonly slots: number;
}

/** Changes that are about to be a run. */
export interface Flush {
  readonly parts: AsyncIterable<Part>;
  readonly resets: readonly number[];
}

/** Changes that come to more slots are not brought together before they are a run: batches would wait for it. */
const SLOTS_TOGETHER_MAX = 16_384;

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
  /** Oldest first. */
  #recent: Recent[] = [];

  constructor(
    { signature, numPartitions }: { readonly signature: string; readonly numPartitions: number },
    saved?: { readonly timeMs: number; readonly note: unknown; readonly runs: readonly Run[] },
  ) {
    this.signature = signature;
    this.numPartitions = numPartitions;
    this.timeMs = saved?.timeMs ?? Number.NEGATIVE_INFINITY;
    this.note = saved?.note;
    this.runs = saved?.runs ?? [];
  }

  /** Whether no version was ever committed. */
  get isEmpty(): boolean {
    return this.timeMs === Number.NEGATIVE_INFINITY;
  }

  apply({ timeMs, note, partitions }: StateChange): void {
    this.timeMs = timeMs;
    this.note = note;
    let recent = recentOf(partitions, this.numPartitions);
    if (recent.resets.size === this.numPartitions) this.#recent = [];
    for (let last = this.#recent.at(-1); last && goesWith(last, recent); last = this.#recent.at(-1)) {
      recent = together(last, recent);
      this.#recent.pop();
    }
    this.#recent.push(recent);
  }

  /** What has changed since the newest run, which somebody is about to make a run of: it counts as none any more. */
  flush(): Flush {
    const recent = this.#recent;
    this.#recent = [];
    const resets = new Set(recent.flatMap((each) => [...each.resets]));
    return { parts: mergeLayers(recent.map(layerOfRecent)), resets: [...resets] };
  }

  /** All that is saved. Reads every segment. */
  async saved(read: ReadSegment): Promise<SavedState> {
    const layers = [...this.runs.map((run) => layerOf(run, read)), ...this.#recent.map(layerOfRecent)];
    const partitions = Array.from({ length: this.numPartitions }, (): EntryColumns[] => []);
    for await (const { partition, slots } of mergeLayers(layers)) {
      const entries = withoutGone(slots);
      if (entries.sequences.length > 0) partitions[partition]!.push(entries);
    }
    return { timeMs: this.timeMs, note: this.note, partitions };
  }
}

function recentOf(changes: StateChange["partitions"], numPartitions: number): Recent {
  const partitions: Array<Slots | undefined> = new Array(numPartitions).fill(undefined);
  const resets = new Set<number>();
  let slots = 0;
  for (const { partition, isReset, put, deleted } of changes) {
    if (isReset) resets.add(partition);
    const own = slotsOf(put, deleted);
    slots += own.sequences.length;
    if (own.sequences.length > 0) partitions[partition] = own;
  }
  return { resets, partitions, slots };
}

/** Whether changes are brought together with those before them: as often as they double, as long as they are few. */
function goesWith(last: Recent, { slots }: Recent): boolean {
  return last.slots <= 2 * slots && last.slots + slots <= SLOTS_TOGETHER_MAX;
}

function together(older: Recent, newer: Recent): Recent {
  const partitions = newer.partitions.map((slots, p) => {
    const before = newer.resets.has(p) ? undefined : older.partitions[p];
    return before && slots ? merged(before, slots) : (slots ?? before);
  });
  const slots = partitions.reduce((sum, each) => sum + (each?.sequences.length ?? 0), 0);
  return { resets: new Set([...older.resets, ...newer.resets]), partitions, slots };
}

/** A run as it is merged with others. */
export function layerOf({ segments, resets }: Run, read: ReadSegment): Layer {
  const parts = async function* (): AsyncGenerator<Part> {
    for (const segment of segments) yield* read(segment);
  };
  return { resets: new Set(resets), parts: parts() };
}

function layerOfRecent({ resets, partitions }: Recent): Layer {
  const parts = async function* (): AsyncGenerator<Part> {
    for (const [partition, slots] of partitions.entries()) if (slots) yield { partition, slots };
  };
  return { resets, parts: parts() };
}
