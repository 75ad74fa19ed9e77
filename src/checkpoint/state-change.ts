import type { DurableEntry, PartitionChange, StateChange } from "../plan/durable-state.js";
import { Cursor, encodeFields } from "./cursor.js";

/** A change as bytes. Throws a `PlanError` "unsupported-value" where a key or a value has none. */
export function encodeChange({ timeMs, note, partitions }: StateChange): Uint8Array {
  return encodeFields([timeMs, note, partitions.map(partitionFields)]);
}

/** `key`: where the bytes were found. **Errors:** `CheckpointError` "checkpoint-damaged". */
export function decodeChange(key: string, bytes: Uint8Array): StateChange {
  const fields = Cursor.of(key, bytes);
  return { timeMs: fields.number(), note: fields.value(), partitions: fields.each(readPartition) };
}

/** A part of a state as values of the row codec: entries by columns, those of numbers as typed arrays, which it copies whole. */
export function partitionFields({ partition, isReset, deleted, put }: PartitionChange): unknown[] {
  return [
    partition,
    isReset,
    Float64Array.from(deleted),
    Float64Array.from(put, ({ sequence }) => sequence),
    Float64Array.from(put, ({ timeMs }) => timeMs),
    Float64Array.from(put, ({ touch }) => touch),
    column(put, ({ key }) => key),
    column(put, ({ value }) => value),
  ];
}

/** What `partitionFields` has written. */
export function readPartition(fields: Cursor): PartitionChange {
  const partition = fields.count();
  const isReset = fields.flag();
  const deleted = [...fields.numbers()];
  const sequences = fields.numbers();
  const times = fields.column(sequences.length);
  const touches = fields.column(sequences.length);
  const keys = fields.column(sequences.length);
  const values = fields.column(sequences.length);
  const put: DurableEntry[] = new Array(sequences.length);
  for (let i = 0; i < put.length; i++) {
    put[i] = {
      sequence: sequences[i]!,
      key: keys[i],
      value: values[i],
      timeMs: times[i] as number,
      touch: touches[i] as number,
    };
  }
  return { partition, isReset, deleted, put };
}

/** The values of a column: packed where all are numbers. */
function column(put: readonly DurableEntry[], of: (entry: DurableEntry) => unknown): unknown[] | Float64Array {
  const values = put.map(of);
  return values.length > 0 && values.every((value) => typeof value === "number") ? Float64Array.from(values) : values;
}
