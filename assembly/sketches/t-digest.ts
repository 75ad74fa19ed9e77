/**
 * Merging t-digest (src/sketches/t-digest.ts): parameter a is the compression, x and y are cosine and sine of a step. The room of the kind has as many
 * pairs as a sketch ever has.
 *
 *     sketch   0 parameters | 4 capacity in pairs u32 | 8 centroids u32 | 12 buffered u32 | 16 count f64 | 24 least f64 | 32 greatest f64 |
 *              40 pairs: mean f64, weight f64; centroids first, then what is buffered
 */
import { NEED_BAIL, NEED_BYTES, SKETCH_SCRATCH } from "../abi";
import { takeBytes } from "../table";
import { HEAD_BYTES, PARAMETER_A, PARAMETER_X, PARAMETER_Y, parametersOf } from "./layout";
import { mergeRuns, PAIR_BYTES, sortPairs, WEIGHT } from "./pairs";

const CAPACITY: usize = 4;
const CENTROIDS: usize = 8;
const BUFFERED: usize = 12;
const TOTAL: usize = 16;
const LEAST: usize = 24;
const GREATEST: usize = 32;
const PAIRS: usize = 40;
const CAPACITY_AT_FIRST: u32 = 4;
const BUFFERED_PER_CENTROID: u32 = 10;
const PAIRS_PER_CENTROID: u32 = 12;
/** Of what is sealed, in front of the centroids. */
const SEALED_HEAD: u32 = HEAD_BYTES + 24;

/** An empty sketch, 0 where room is lacking. */
export function makeDigest(sink: usize, parameters: usize): usize {
  const sketch = takeBytes(sink, <u32>PAIRS + CAPACITY_AT_FIRST * <u32>PAIR_BYTES);
  if (!sketch) return 0;
  memory.fill(sketch, 0, PAIRS);
  store<u32>(sketch, <u32>parameters);
  store<u32>(sketch, CAPACITY_AT_FIRST, CAPACITY);
  store<f64>(sketch, Infinity, LEAST);
  store<f64>(sketch, -Infinity, GREATEST);
  return sketch;
}

/** Makes room for so many pairs more; false where room is lacking. */
function reserve(sink: usize, cell: usize, more: u32): bool {
  const sketch = <usize>load<u32>(cell);
  const capacity = load<u32>(sketch, CAPACITY);
  const most = PAIRS_PER_CENTROID * load<u32>(parametersOf(sketch), PARAMETER_A);
  const wanted = min(load<u32>(sketch, CENTROIDS) + load<u32>(sketch, BUFFERED) + more, most);
  if (wanted <= capacity) return true;
  const larger = min(max(wanted, capacity << 1), most);
  const grown = takeBytes(sink, <u32>PAIRS + larger * <u32>PAIR_BYTES);
  if (!grown) return false;
  memory.copy(grown, sketch, PAIRS + <usize>capacity * PAIR_BYTES);
  store<u32>(grown, larger, CAPACITY);
  store<u32>(cell, <u32>grown);
  return true;
}

/** Takes in a number: 0, or `NEED_BYTES`. */
export function addNumber(sink: usize, cell: usize, value: f64): i32 {
  if (value != value) return 0;
  if (!reserve(sink, cell, 1)) return NEED_BYTES;
  // -0 becomes 0.
  const mean = value + 0.0;
  const sketch = <usize>load<u32>(cell);
  widen(sketch, mean, mean);
  take(sketch, mean, 1);
  return 0;
}

function widen(sketch: usize, least: f64, greatest: f64): void {
  store<f64>(sketch, min(load<f64>(sketch, LEAST), least), LEAST);
  store<f64>(sketch, max(load<f64>(sketch, GREATEST), greatest), GREATEST);
}

function take(sketch: usize, mean: f64, weight: f64): void {
  const buffered = load<u32>(sketch, BUFFERED) + 1;
  const at = sketch + PAIRS + <usize>(load<u32>(sketch, CENTROIDS) + buffered - 1) * PAIR_BYTES;
  store<f64>(at, mean);
  store<f64>(at, weight, WEIGHT);
  store<u32>(sketch, buffered, BUFFERED);
  store<f64>(sketch, load<f64>(sketch, TOTAL) + weight, TOTAL);
  if (buffered >= BUFFERED_PER_CENTROID * load<u32>(parametersOf(sketch), PARAMETER_A)) compress(sketch);
}

/** Takes in a sealed digest, `bytes` bytes at `from`: 0, `NEED_BYTES`, or `NEED_BAIL` where it is none of this compression. */
export function mergeDigest(sink: usize, cell: usize, from: usize, bytes: u32): i32 {
  const isOurs = load<u64>(from) == load<u64>(parametersOf(<usize>load<u32>(cell)));
  if (!isOurs || bytes < SEALED_HEAD || (bytes - SEALED_HEAD) % <u32>PAIR_BYTES) return NEED_BAIL;
  if (!reserve(sink, cell, (bytes - SEALED_HEAD) / <u32>PAIR_BYTES)) return NEED_BYTES;
  const sketch = <usize>load<u32>(cell);
  widen(sketch, load<f64>(from, HEAD_BYTES + 8), load<f64>(from, HEAD_BYTES + 16));
  const end = from + bytes;
  for (let p = from + SEALED_HEAD; p < end; p += PAIR_BYTES) take(sketch, load<f64>(p), load<f64>(p, WEIGHT));
  return 0;
}

/** Makes centroids of all pairs. */
function compress(sketch: usize): void {
  const buffered = load<u32>(sketch, BUFFERED);
  if (!buffered) return;
  const parameters = parametersOf(sketch);
  const room = parameters + SKETCH_SCRATCH;
  const pairs = sketch + PAIRS;
  const middle = pairs + <usize>load<u32>(sketch, CENTROIDS) * PAIR_BYTES;
  const end = middle + <usize>buffered * PAIR_BYTES;
  sortPairs(middle, end, room);
  mergeRuns(pairs, middle, middle, end, room);
  const total = load<f64>(sketch, TOTAL);
  let out = pairs;
  let mean = load<f64>(room);
  let weight = load<f64>(room, WEIGHT);
  let before: f64 = 0;
  let limit = limitAfter(parameters, before, total);
  const last = room + (end - pairs);
  for (let p = room + PAIR_BYTES; p < last; p += PAIR_BYTES) {
    const nextMean = load<f64>(p);
    const nextWeight = load<f64>(p, WEIGHT);
    if (before + weight + nextWeight <= limit && (mean == nextMean || (isFinite(mean) && isFinite(nextMean)))) {
      weight += nextWeight;
      if (mean != nextMean) mean = between(mean, nextMean, nextWeight / weight);
      continue;
    }
    store<f64>(out, mean);
    store<f64>(out, weight, WEIGHT);
    out += PAIR_BYTES;
    before += weight;
    limit = limitAfter(parameters, before, total);
    mean = nextMean;
    weight = nextWeight;
  }
  store<f64>(out, mean);
  store<f64>(out, weight, WEIGHT);
  store<u32>(sketch, <u32>((out - pairs) / PAIR_BYTES) + 1, CENTROIDS);
  store<u32>(sketch, 0, BUFFERED);
}

/** How many of the numbers lie below the end of a centroid that begins after `before` of them. */
function limitAfter(parameters: usize, before: f64, total: f64): f64 {
  const cosine = load<f64>(parameters, PARAMETER_X);
  const sine = load<f64>(parameters, PARAMETER_Y);
  const x = min<f64>(1, (2 * before) / total - 1);
  return x >= cosine ? total : (total * (x * cosine + sqrt<f64>(1 - x * x) * sine + 1)) / 2;
}

/** A share of the way from a finite number to another one. */
function between(a: f64, b: f64, share: f64): f64 {
  return share <= 0 ? a : min(max(a * (1 - share) + b * share, a), b);
}

export function sealedDigestBytes(sketch: usize): u32 {
  compress(sketch);
  return SEALED_HEAD + load<u32>(sketch, CENTROIDS) * <u32>PAIR_BYTES;
}

export function sealDigest(sketch: usize, out: usize, bytes: u32): void {
  store<u64>(out, load<u64>(parametersOf(sketch)));
  memory.copy(out + HEAD_BYTES, sketch + TOTAL, bytes - HEAD_BYTES);
}
