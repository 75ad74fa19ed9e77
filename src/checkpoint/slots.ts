import { type EntryColumn, type EntryColumns, joinedColumn, packed } from "../plan/durable-state.js";

/** Entries by columns, and numbers whose entries are gone, ascending by sequence. */
export interface Slots extends EntryColumns {
  /** 1 where the entry is gone: its other columns say nothing. Undefined where none is. */
  readonly gone: Uint8Array | undefined;
}

/** Some of the slots of columns, one after the other. */
export interface SlotRange {
  readonly slots: Slots;
  readonly begin: number;
  readonly end: number;
}

const NUMBERS = ["sequences", "times", "touches"] as const;

/** Entries, in any order, and numbers whose entries are gone, none of them both, as slots. */
export function slotsOf(put: EntryColumns, deleted: Float64Array): Slots {
  const entries: Slots = { ...put, gone: undefined };
  if (deleted.length === 0 && isRising(put.sequences)) return entries;
  const sequences = new Float64Array(put.sequences.length + deleted.length);
  sequences.set(put.sequences);
  sequences.set(deleted, put.sequences.length);
  const order = Uint32Array.from(sequences.keys()).sort((a, b) => sequences[a]! - sequences[b]!);
  const numbers = (column: Float64Array) => Float64Array.from(order, (at) => column[at] ?? 0);
  return {
    sequences: numbers(sequences),
    times: numbers(put.times),
    touches: numbers(put.touches),
    keys: packed(Array.from(order, (at) => put.keys[at])),
    values: packed(Array.from(order, (at) => put.values[at])),
    gone: deleted.length > 0 ? Uint8Array.from(order, (at) => (at >= put.sequences.length ? 1 : 0)) : undefined,
  };
}

/** What two lists of slots come to: where both have a number, what the newer one says. */
export function merged(older: Slots, newer: Slots): Slots {
  const [a, b] = [older.sequences, newer.sequences];
  const ranges: SlotRange[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [from, limit] = [i, b[j] ?? Number.POSITIVE_INFINITY];
    while (i < a.length && a[i]! < limit) i++;
    if (i > from) ranges.push({ slots: older, begin: from, end: i });
    if (a[i] === limit) i++;
    const [next, until] = [j, a[i] ?? Number.POSITIVE_INFINITY];
    while (j < b.length && b[j]! < until) j++;
    if (j > next) ranges.push({ slots: newer, begin: next, end: j });
  }
  return joined(ranges);
}

function isRising(numbers: Float64Array): boolean {
  for (let i = 1; i < numbers.length; i++) if (numbers[i]! <= numbers[i - 1]!) return false;
  return true;
}

/** The slots of ranges, in their order. */
export function joined(ranges: readonly SlotRange[]): Slots {
  const [first] = ranges;
  if (ranges.length === 1 && first!.begin === 0 && first!.end === first!.slots.sequences.length) return first!.slots;
  const count = ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const numbers = (name: (typeof NUMBERS)[number]) => {
    const all = new Float64Array(count);
    forEachAt(ranges, ({ slots, begin, end }, at) => all.set(slots[name].subarray(begin, end), at));
    return all;
  };
  let gone: Uint8Array | undefined;
  forEachAt(ranges, ({ slots, begin, end }, at) => {
    if (slots.gone === undefined) return;
    gone ??= new Uint8Array(count);
    gone.set(slots.gone.subarray(begin, end), at);
  });
  return {
    sequences: numbers("sequences"),
    times: numbers("times"),
    touches: numbers("touches"),
    keys: columnOf(ranges, ({ keys }) => keys),
    values: columnOf(ranges, ({ values }) => values),
    gone,
  };
}

/** The slots that are not gone. */
export function withoutGone(slots: Slots): Slots {
  const { gone } = slots;
  if (gone === undefined) return slots;
  const ranges: SlotRange[] = [];
  for (let begin = 0; begin < gone.length; ) {
    if (gone[begin] === 1) begin++;
    else {
      const next = gone.indexOf(1, begin);
      const end = next < 0 ? gone.length : next;
      ranges.push({ slots, begin, end });
      begin = end;
    }
  }
  return { ...joined(ranges), gone: undefined };
}

/** Numbers whose entries are gone. */
export function goneOf({ sequences, gone }: Slots): Float64Array {
  return gone === undefined ? new Float64Array(0) : sequences.filter((_, i) => gone[i] === 1);
}

function columnOf(ranges: readonly SlotRange[], of: (slots: Slots) => EntryColumn): EntryColumn {
  return joinedColumn(ranges.map(({ slots, begin, end }) => slicedColumn(of(slots), begin, end)));
}

function slicedColumn(column: EntryColumn, begin: number, end: number): EntryColumn {
  if (column instanceof Float64Array) return column.subarray(begin, end);
  return begin === 0 && end === column.length ? column : column.slice(begin, end);
}

function forEachAt(ranges: readonly SlotRange[], body: (range: SlotRange, at: number) => void): void {
  let at = 0;
  for (const range of ranges) {
    body(range, at);
    at += range.end - range.begin;
  }
}
