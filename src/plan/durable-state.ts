/** What a checkpoint keeps of an operator: entries by partition and sequence number, and a note. */

/** One entry: a key and what belongs to it, at its place in the order of insertion. */
export interface DurableEntry {
  /** Unique in its partition, ascending in the order of insertion; used again at most where all later entries are gone, too. */
  readonly sequence: number;
  readonly key: unknown;
  readonly value: unknown;
  /** Time of the batch that touched it last. */
  readonly timeMs: number;
  /** Place in the order of touches. */
  readonly touch: number;
}

/** Entries by columns, in the order of their sequence. */
export interface EntryColumns {
  readonly sequences: Float64Array;
  readonly times: Float64Array;
  readonly touches: Float64Array;
  readonly keys: EntryColumn;
  readonly values: EntryColumn;
}

/** Values of entries, packed where all are numbers. */
export type EntryColumn = readonly unknown[] | Float64Array;

/** The entries of columns, one piece after the other. */
export function* entriesIn(pieces: readonly EntryColumns[]): Generator<DurableEntry, void, void> {
  for (const { sequences, times, touches, keys, values } of pieces) {
    for (let i = 0; i < sequences.length; i++) {
      yield { sequence: sequences[i]!, key: keys[i], value: values[i], timeMs: times[i]!, touch: touches[i]! };
    }
  }
}

/** Entries as columns. */
export function columnsOf(entries: readonly DurableEntry[]): EntryColumns {
  return {
    sequences: Float64Array.from(entries, ({ sequence }) => sequence),
    times: Float64Array.from(entries, ({ timeMs }) => timeMs),
    touches: Float64Array.from(entries, ({ touch }) => touch),
    keys: packed(entries.map(({ key }) => key)),
    values: packed(entries.map(({ value }) => value)),
  };
}

/** A column, packed where all are numbers. */
export function packed(values: readonly unknown[]): EntryColumn {
  const areNumbers = values.length > 0 && values.every((value) => typeof value === "number");
  return areNumbers ? Float64Array.from(values as number[]) : values;
}

/** Columns one after the other. */
export function joinedColumn(columns: readonly EntryColumn[]): EntryColumn {
  if (columns.length === 1) return columns[0]!;
  const count = columns.reduce((sum, { length }) => sum + length, 0);
  const arePacked = count > 0 && columns.every((column) => column instanceof Float64Array);
  const all: unknown[] | Float64Array = arePacked ? new Float64Array(count) : new Array(count);
  let at = 0;
  for (const column of columns) for (let i = 0; i < column.length; i++) all[at++] = column[i] as number;
  return all;
}

/** The entries that a version has changed. */
export interface ChangedEntries {
  /** Entries that are new or others now, in any order. */
  readonly put: EntryColumns;
  /** Sequence numbers of entries that are gone. */
  readonly deleted: Float64Array;
}

/** Nothing has changed. */
export const NO_CHANGES: ChangedEntries = { put: columnsOf([]), deleted: new Float64Array(0) };

/** What a version has changed in a partition. */
export interface PartitionChange extends ChangedEntries {
  readonly partition: number;
  /** Nothing that was there before is there any more. */
  readonly isReset: boolean;
}

/** What a version of a state has changed. */
export interface StateChange {
  readonly timeMs: number;
  readonly partitions: readonly PartitionChange[];
  /** What else the operator has to know after a restart, whole: values that the row codec has. */
  readonly note: unknown;
}

/** What was saved, as of the last committed batch. */
export interface SavedState {
  /** Time of the newest version. */
  readonly timeMs: number;
  readonly note: unknown;
  /** Of each partition its entries, in the order of their sequence, a piece after the other. */
  readonly partitions: ReadonlyArray<readonly EntryColumns[]>;
}

/** The state of a stream, as a checkpoint sees it. */
export interface DurableState {
  readonly numPartitions: number;
  /** Called before the first batch with what was saved. */
  restore(saved: SavedState): void;
  /** Called before the first batch, after `restore`: each version says what it has changed, in the order of their times. */
  record(changed: RecordChange): void;
}

/** Takes what a version has changed, or throws where it cannot be written; the version counts when what is returned is called, and only then. */
export type RecordChange = (change: StateChange) => () => void;
