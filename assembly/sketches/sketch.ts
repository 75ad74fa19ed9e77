/** Sketches in the cells of groups: what is done for each row, and how they are sealed. The layouts are in layout.ts. */
import { AGGREGATE_PARAMETERS, AGGREGATE_SKETCH_MERGE, NEED_BAIL, NEED_BYTES, TAG_BYTES, TAG_JSON, TAG_NUMBER } from "../abi";
import {
  AGGREGATE_CELL,
  AGGREGATE_FIRST_REGISTER,
  AGGREGATE_VALUE_REGISTER,
  entriesAt,
  MADE,
  ROW,
} from "../group/state";
import { CELL_TAG } from "../group/values";
import { payloads, tagsOf } from "../vector";
import { countHash, makeCounts, mergeCounts, sealCounts, sealedCountsBytes } from "./count-min";
import { addHash, makeRegisters, mergeRegisters, sealedRegistersBytes, sealRegisters } from "./hyper-log-log";
import { COUNT_MIN, PARAMETER_KIND, parametersOf, T_DIGEST } from "./layout";
import { addNumber, makeDigest, mergeDigest, sealDigest, sealedDigestBytes } from "./t-digest";
import { valueWords } from "./words";

/** Brings in the values of the rows from the one at hand on: 0, or `NEED_BYTES` or `NEED_BAIL` at a row. */
export function bringSketches(state: usize, sink: usize, aggregate: usize, rows: i32): i32 {
  const parameters = <usize>load<u32>(aggregate, AGGREGATE_PARAMETERS);
  const isMerge = load<i32>(aggregate) == AGGREGATE_SKETCH_MERGE;
  const entries = entriesAt(sink);
  const cells = <usize>load<u32>(aggregate, AGGREGATE_CELL);
  const values = payloads(state, load<i32>(aggregate, AGGREGATE_VALUE_REGISTER));
  const tags = tagsOf(state, load<i32>(aggregate, AGGREGATE_VALUE_REGISTER));
  for (let row = load<i32>(sink, ROW); row < rows; row++) {
    const entry = load<u32>(entries + (<usize>row << 2));
    const cell = <usize>(entry & ~1) + cells;
    let need = entry & 1 ? make(sink, parameters, cell, row) : 0;
    if (!need) {
      const payload = load<u64>(values + (<usize>row << 3));
      const tag = load<u8>(tags + row);
      need = isMerge ? merge(sink, parameters, cell, payload, tag) : add(sink, parameters, cell, payload, tag);
    }
    if (need) {
      store<i32>(sink, row, ROW);
      return need;
    }
  }
  store<i32>(sink, 0, ROW);
  store<i32>(sink, 0, MADE);
  return 0;
}

/** Makes the sketch of a new group, once: where its first value lacks room the row is come to again. */
function make(sink: usize, parameters: usize, cell: usize, row: i32): i32 {
  if (load<i32>(sink, MADE) == row + 1) return 0;
  const kind = load<u8>(parameters, PARAMETER_KIND);
  let sketch: usize;
  if (kind == COUNT_MIN) sketch = makeCounts(sink, parameters);
  else if (kind == T_DIGEST) sketch = makeDigest(sink, parameters);
  else sketch = makeRegisters(sink, parameters);
  if (!sketch) return NEED_BYTES;
  store<u64>(cell, <u64>sketch);
  store<u64>(cell, TAG_BYTES, CELL_TAG);
  store<i32>(sink, row + 1, MADE);
  return 0;
}

// @ts-ignore: decorator
@inline function add(sink: usize, parameters: usize, cell: usize, payload: u64, tag: u8): i32 {
  const kind = load<u8>(parameters, PARAMETER_KIND);
  if (kind == T_DIGEST) return <i32>tag == TAG_NUMBER ? addNumber(sink, cell, reinterpret<f64>(payload)) : NEED_BAIL;
  if (<i32>tag >= TAG_JSON) return NEED_BAIL;
  const words = valueWords(payload, tag, parameters);
  if (kind != COUNT_MIN) return addHash(sink, cell, words);
  countHash(<usize>load<u32>(cell), words);
  return 0;
}

function merge(sink: usize, parameters: usize, cell: usize, payload: u64, tag: u8): i32 {
  if (<i32>tag != TAG_BYTES) return NEED_BAIL;
  const kind = load<u8>(parameters, PARAMETER_KIND);
  const from = <usize>(<u32>payload);
  const bytes = <u32>(payload >> 32);
  if (kind == COUNT_MIN) return mergeCounts(<usize>load<u32>(cell), from, bytes);
  return kind == T_DIGEST ? mergeDigest(sink, cell, from, bytes) : mergeRegisters(sink, cell, from, bytes);
}

/** Notes in a cell how many bytes its sketch is sealed as, and returns it. */
export function measureSketch(cell: usize): u32 {
  const sketch = <usize>load<u32>(cell);
  const kind = load<u8>(parametersOf(sketch), PARAMETER_KIND);
  let bytes: u32;
  if (kind == COUNT_MIN) bytes = sealedCountsBytes(sketch);
  else if (kind == T_DIGEST) bytes = sealedDigestBytes(sketch);
  else bytes = sealedRegistersBytes(sketch);
  store<u32>(cell, bytes, 4);
  return bytes;
}

/** Writes what the sketch of a cell is sealed as; it has been measured. */
export function sealSketch(cell: usize, out: usize): void {
  const sketch = <usize>load<u32>(cell);
  const bytes = load<u32>(cell, 4);
  const kind = load<u8>(parametersOf(sketch), PARAMETER_KIND);
  if (kind == COUNT_MIN) sealCounts(sketch, out, bytes);
  else if (kind == T_DIGEST) sealDigest(sketch, out, bytes);
  else sealRegisters(sketch, out, bytes);
}
