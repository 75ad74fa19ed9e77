import { EntryNumbers } from "../kernel/entry-numbers.js";
import { type ChangedEntries, columnsOf, type DurableEntry, entriesIn } from "../plan/durable-state.js";
import type { ChangedRows, FramedChanges } from "../plan/state-update.js";
import type { StateTable } from "../state/state-table.js";

/** The rows of a partition. */
interface Rows {
  readonly numbers: EntryNumbers;
  readonly count: number;
  /** Touches that there ever were: more than the place of any of them. */
  readonly touches: number;
}

/** A version of a state, as it is saved. */
export interface SavedVersion {
  readonly history: FramedHistory;
  readonly changed: readonly ChangedEntries[];
  readonly isReset: boolean;
}

const NOTHING: Rows = { numbers: new EntryNumbers(), count: 0, touches: 0 };

/** What a checkpoint has to know of the rows of a version of a state in frames: their sequence numbers, by partition. It is never changed. */
export class FramedHistory {
  readonly #partitions: readonly Rows[];

  private constructor(partitions: readonly Rows[]) {
    this.#partitions = partitions;
  }

  /** Of the rows of tables, in their order. */
  static of(tables: ReadonlyArray<StateTable<unknown>>): FramedHistory {
    return new FramedHistory(
      tables.map((table) => {
        const numbers = Float64Array.from(table.values(), ({ sequence }) => sequence);
        return { numbers: EntryNumbers.of(numbers), count: numbers.length, touches: table.touches };
      }),
    );
  }

  /** The next version, made at a time, and what it changes. */
  next({ isReset, partitions }: FramedChanges, timeMs: number): SavedVersion {
    const before = isReset ? this.#partitions.map(({ touches }) => ({ ...NOTHING, touches })) : this.#partitions;
    const after = partitions.map(({ gone, places }, p): Rows => {
      const { numbers, count, touches } = before[p]!;
      const left = count - gone.length;
      const added = places.length - countBelow(places, left);
      return { numbers: numbers.without(gone, count), count: left + added, touches: touches + places.length };
    });
    const changed = partitions.map((rows, p) => changedEntries(rows, before[p]!, after[p]!, timeMs));
    return { history: new FramedHistory(after), changed, isReset };
  }

  /** The pairs of a version, which has this history, as entries. */
  entriesOf(partition: number, pairs: readonly unknown[]): DurableEntry[] {
    const { numbers } = this.#partitions[partition]!;
    return pairs.map((pair, place) => {
      const [key, value] = pair as [unknown, unknown];
      return { sequence: numbers.of(place), key, value, timeMs: 0, touch: place };
    });
  }

  /** Touches that there ever were in a partition. */
  touches(partition: number): number {
    return this.#partitions[partition]!.touches;
  }
}

function changedEntries(
  { gone, places, keys, values }: ChangedRows,
  before: Rows,
  after: Rows,
  timeMs: number,
): ChangedEntries {
  const put = {
    sequences: Float64Array.from(places, (place) => after.numbers.of(place)),
    times: new Float64Array(places.length).fill(timeMs),
    touches: Float64Array.from(places, (_, i) => before.touches + i),
    keys,
    values,
  };
  return { put, deleted: Float64Array.from(gone, (place) => before.numbers.of(place)) };
}

/** How many of rising numbers are below a limit. */
function countBelow(numbers: Uint32Array, limit: number): number {
  const first = numbers.findIndex((number) => number >= limit);
  return first < 0 ? numbers.length : first;
}

/** What two changes, one after the other, come to. */
export function together(first: ChangedEntries, then: ChangedEntries): ChangedEntries {
  if (first.put.sequences.length === 0 && first.deleted.length === 0) return then;
  const put = new Map<number, DurableEntry>();
  for (const entry of entriesIn([first.put])) put.set(entry.sequence, entry);
  for (const sequence of then.deleted) put.delete(sequence);
  for (const entry of entriesIn([then.put])) put.set(entry.sequence, entry);
  return { put: columnsOf([...put.values()]), deleted: Float64Array.from([...first.deleted, ...then.deleted]) };
}
