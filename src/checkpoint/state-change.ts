import { encodeRows } from "../block/codec.js";
import type { EntryColumn, PartitionChange, StateChange } from "../plan/durable-state.js";
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
  const { sequences, times, touches, keys, values } = put;
  return [
    partition,
    isReset,
    deleted,
    sequences.length,
    ...[sequences, times, touches].map(numberFields),
    keys,
    values,
  ];
}

/** What `partitionFields` has written. */
export function readPartition(fields: Cursor): PartitionChange {
  const partition = fields.count();
  const isReset = fields.flag();
  const deleted = fields.numbers();
  const count = fields.count();
  const put = {
    sequences: readNumbers(fields, count),
    times: readNumbers(fields, count),
    touches: readNumbers(fields, count),
    keys: fields.column(count) as EntryColumn,
    values: fields.column(count) as EntryColumn,
  };
  return { partition, isReset, deleted, put };
}

/** Numbers of entries: where each is the one before and a step, the first and the step, as those of keys in order are. */
function numberFields(values: Float64Array): Float64Array {
  if (values.length <= 2) return values;
  const step = values[1]! - values[0]!;
  for (let i = 2; i < values.length; i++) if (values[i]! - values[i - 1]! !== step) return values;
  return Float64Array.of(values[0]!, step);
}

function readNumbers(fields: Cursor, count: number): Float64Array {
  const values = fields.numbers();
  if (values.length === count) return values;
  if (values.length !== 2 || count < 2) throw fields.wrong(`${count} numbers`);
  const [first, step] = [values[0]!, values[1]!];
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) numbers[i] = first + i * step;
  return numbers;
}
