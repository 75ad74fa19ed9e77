import type { DurableEntry, EntryColumn, EntryColumns } from "../plan/durable-state.js";

/** Says that what an older run has under this number is gone. */
export class Gone {
  readonly sequence: number;
  constructor(sequence: number) {
    this.sequence = sequence;
  }
}
export type Slot = DurableEntry | Gone;

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

/** Slots as columns. */
export function slotsOf(all: readonly Slot[]): Slots {
  const entries = all.map((slot): DurableEntry => {
    return slot instanceof Gone ? { ...NO_ENTRY, sequence: slot.sequence } : slot;
  });
  const isGone = all.some((slot) => slot instanceof Gone);
  return {
    ...columnsOf(entries),
    gone: isGone ? Uint8Array.from(all, (slot) => (slot instanceof Gone ? 1 : 0)) : undefined,
  };
}

const NO_ENTRY = { key: undefined, value: undefined, timeMs: 0, touch: 0 };

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
    keys: joinedColumn(ranges, count, ({ keys }) => keys),
    values: joinedColumn(ranges, count, ({ values }) => values),
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

function joinedColumn(ranges: readonly SlotRange[], count: number, of: (slots: Slots) => EntryColumn): EntryColumn {
  if (ranges.every(({ slots }) => of(slots) instanceof Float64Array)) {
    const numbers = new Float64Array(count);
    forEachAt(ranges, ({ slots, begin, end }, at) => numbers.set((of(slots) as Float64Array).subarray(begin, end), at));
    return numbers;
  }
  const values: unknown[] = new Array(count);
  forEachAt(ranges, ({ slots, begin, end }, at) => {
    const column = of(slots);
    for (let i = begin; i < end; i++) values[at + i - begin] = column[i];
  });
  return values;
}

function forEachAt(ranges: readonly SlotRange[], body: (range: SlotRange, at: number) => void): void {
  let at = 0;
  for (const range of ranges) {
    body(range, at);
    at += range.end - range.begin;
  }
}

/** A column, packed where all are numbers. */
function packed(values: readonly unknown[]): EntryColumn {
  const areNumbers = values.length > 0 && values.every((value) => typeof value === "number");
  return areNumbers ? Float64Array.from(values as number[]) : values;
}
