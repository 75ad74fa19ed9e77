/**
 * Count-min (src/sketches/count-min.ts): parameter a is the count of rows, b that of the counts in a row.
 *
 *     sketch   0 parameters | 4 unused | 8 total f64 | 16 counts f64, row by row; from the total on as it is sealed
 */
import { NEED_BAIL } from "../abi";
import { takeBytes } from "../table";
import { HEAD_BYTES, PARAMETER_A, PARAMETER_B, parametersOf } from "./layout";

const TOTAL: usize = 8;
const COUNTS: usize = 16;

/** Bytes of the total and of all counts. */
function countsBytes(parameters: usize): u32 {
  return 8 + ((load<u32>(parameters, PARAMETER_A) * load<u32>(parameters, PARAMETER_B)) << 3);
}

/** An empty sketch, 0 where room is lacking. */
export function makeCounts(sink: usize, parameters: usize): usize {
  const bytes = countsBytes(parameters);
  const sketch = takeBytes(sink, <u32>TOTAL + bytes);
  if (!sketch) return 0;
  store<u64>(sketch, <u64>parameters);
  memory.fill(sketch + TOTAL, 0, bytes);
  return sketch;
}

/** Takes in the hash of a value. */
export function countHash(sketch: usize, words: u64): void {
  const parameters = parametersOf(sketch);
  const depth = load<u32>(parameters, PARAMETER_A);
  const width = load<u32>(parameters, PARAMETER_B);
  let hash = <u32>(words >> 32);
  let counts = sketch + COUNTS;
  for (let row: u32 = 0; row < depth; row++) {
    const at = counts + (<usize>(hash % width) << 3);
    store<f64>(at, load<f64>(at) + 1);
    hash += <u32>words;
    counts += <usize>width << 3;
  }
  store<f64>(sketch, load<f64>(sketch, TOTAL) + 1, TOTAL);
}

/** Adds a sealed sketch, `bytes` bytes at `from`: 0, or `NEED_BAIL` where it is none of this size. */
export function mergeCounts(sketch: usize, from: usize, bytes: u32): i32 {
  if (load<u64>(from) != load<u64>(parametersOf(sketch)) || bytes != sealedCountsBytes(sketch)) return NEED_BAIL;
  for (let at: usize = 8; at < <usize>bytes; at += 8) store<f64>(sketch + at, load<f64>(sketch + at) + load<f64>(from + at));
  return 0;
}

export function sealedCountsBytes(sketch: usize): u32 {
  return HEAD_BYTES + countsBytes(parametersOf(sketch));
}

export function sealCounts(sketch: usize, out: usize, bytes: u32): void {
  memory.copy(out, sketch, bytes);
  store<u64>(out, load<u64>(parametersOf(sketch)));
}
