import { encodeRows } from "../block/codec.js";
import type { DurableEntry, PartitionChange, StateChange } from "../plan/durable-state.js";
import { Cursor } from "./cursor.js";

/** A change as bytes. Throws a `PlanError` "unsupported-value" where a key or a value has none. */
export function encodeChange({ timeMs, note, partitions }: StateChange): Uint8Array {
  return encodeRows([timeMs, note, partitions.map(partitionFields)]);
}

/** `key`: where the bytes were found. **Errors:** `CheckpointError` "checkpoint-damaged". */
export function decodeChange(key: string, bytes: Uint8Array): StateChange {
  const fields = Cursor.of(key, bytes);
  return { timeMs: fields.number(), note: fields.value(), partitions: fields.each(readPartition) };
}

/** A part of a state as values of the row codec: entries by columns. */
export function partitionFields({ partition, isReset, deleted, put }: PartitionChange): unknown[] {
  return [
    partition,
    isReset,
    Float64Array.from(deleted),
    put.length,
    numbers(put, ({ sequence }) => sequence),
    numbers(put, ({ timeMs }) => timeMs),
    numbers(put, ({ touch }) => touch),
    column(put, ({ key }) => key),
    column(put, ({ value }) => value),
  ];
}

/** What `partitionFields` has written. */
export function readPartition(fields: Cursor): PartitionChange {
  const partition = fields.count();
  const isReset = fields.flag();
  const deleted = [...fields.numbers()];
  const count = fields.count();
  const sequences = readNumbers(fields, count);
  const times = readNumbers(fields, count);
  const touches = readNumbers(fields, count);
  const keys = fields.column(count);
  const values = fields.column(count);
  const put: DurableEntry[] = [];
  for (let i = 0; i < count; i++) {
    put.push({ sequence: sequences(i), key: keys[i], value: values[i], timeMs: times(i), touch: touches(i) });
  }
  return { partition, isReset, deleted, put };
}

/** Numbers of entries: where each is the one before and a step, the first and the step, as those of keys in order are. */
function numbers(put: readonly DurableEntry[], of: (entry: DurableEntry) => number): Float64Array {
  const values = Float64Array.from(put, of);
  if (values.length <= 2) return values;
  const step = values[1]! - values[0]!;
  for (let i = 2; i < values.length; i++) if (values[i]! - values[i - 1]! !== step) return values;
  return Float64Array.of(values[0]!, step);
}

function readNumbers(fields: Cursor, count: number): (index: number) => number {
  const values = fields.numbers();
  if (values.length === count) return (index) => values[index]!;
  if (values.length !== 2 || count < 2) throw fields.wrong(`${count} numbers`);
  const [first, step] = [values[0]!, values[1]!];
  return (index) => first + index * step;
}

/** The values of a column: packed where all are numbers. */
function column(put: readonly DurableEntry[], of: (entry: DurableEntry) => unknown): unknown[] | Float64Array {
  const values = put.map(of);
  return values.length > 0 && values.every((value) => typeof value === "number") ? Float64Array.from(values) : values;
}
