/**
 * HyperLogLog++ (src/sketches/hyper-log-log.ts): parameter a is the precision p.
 *
 *     sketch   0 parameters | 4 capacity u32, 0 where all registers are there | 8 registers in the list u32 | 12 unused |
 *              16 list u32[capacity], a hash table: index << 8 | value, 0 where empty; or the 2^p registers
 *
 * An item of the list begins its search at the place that the high bits of its index say, so that the list is nearly in order when it is sealed. A list
 * that would take as many bytes as all registers becomes these.
 */
import { NEED_BAIL, NEED_BYTES } from "../abi";
import { takeBytes } from "../table";
import { HEAD_BYTES, PARAMETER_A, parametersOf } from "./layout";

const CAPACITY: usize = 4;
const COUNT: usize = 8;
const ITEMS: usize = 16;
const CAPACITY_AT_FIRST: u32 = 8;
/** In the last byte of the head: registers are listed. */
const IS_LIST: u64 = 1 << 56;

/** An empty sketch, 0 where room is lacking. */
export function makeRegisters(sink: usize, parameters: usize): usize {
  return take(sink, parameters, CAPACITY_AT_FIRST);
}

/** A sketch with room for a list of `capacity`, or for all registers where these take no more; 0 where room is lacking. */
function take(sink: usize, parameters: usize, capacity: u32): usize {
  const all: u32 = 1 << load<u32>(parameters, PARAMETER_A);
  const isList = capacity << 2 < all;
  const bytes = isList ? capacity << 2 : all;
  const sketch = takeBytes(sink, <u32>ITEMS + bytes);
  if (!sketch) return 0;
  memory.fill(sketch, 0, ITEMS + bytes);
  store<u32>(sketch, <u32>parameters);
  store<u32>(sketch, isList ? capacity : 0, CAPACITY);
  return sketch;
}

/** Takes in the hash of a value: 0, or `NEED_BYTES`. */
// @ts-ignore: decorator
@inline export function addHash(sink: usize, cell: usize, words: u64): i32 {
  const sketch = <usize>load<u32>(cell);
  const precision = <u64>load<u32>(parametersOf(sketch), PARAMETER_A);
  const zeros = min<u64>(clz<u64>(words << precision), 64 - precision);
  return raise(sink, cell, sketch, <u32>(words >> (64 - precision)), <u32>zeros + 1);
}

// @ts-ignore: decorator
@inline function raise(sink: usize, cell: usize, sketch: usize, index: u32, value: u32): i32 {
  if (load<u32>(sketch, CAPACITY)) return raiseItem(sink, cell, sketch, index, value);
  raiseRegister(sketch, index, value);
  return 0;
}

// @ts-ignore: decorator
@inline function raiseRegister(sketch: usize, index: u32, value: u32): void {
  if (value > load<u8>(sketch + index, ITEMS)) store<u8>(sketch + index, <u8>value, ITEMS);
}

function raiseItem(sink: usize, cell: usize, sketch: usize, index: u32, value: u32): i32 {
  const capacity = load<u32>(sketch, CAPACITY);
  let target = sketch;
  // A quarter stays empty, so that a search ends soon.
  if (load<u32>(sketch, COUNT) << 2 >= capacity * 3) {
    target = take(sink, parametersOf(sketch), capacity << 1);
    if (!target) return NEED_BYTES;
    for (let i: u32 = 0; i < capacity; i++) {
      const item = load<u32>(sketch + (<usize>i << 2), ITEMS);
      if (item) raiseIn(target, item >> 8, item & 255);
    }
    store<u32>(cell, <u32>target);
  }
  raiseIn(target, index, value);
  return 0;
}

function raiseIn(sketch: usize, index: u32, value: u32): void {
  if (load<u32>(sketch, CAPACITY)) raiseListed(sketch, index, value);
  else raiseRegister(sketch, index, value);
}

function raiseListed(sketch: usize, index: u32, value: u32): void {
  const capacity = load<u32>(sketch, CAPACITY);
  // The high bits of the index, as many as there are in a place.
  const bits = load<u32>(parametersOf(sketch), PARAMETER_A) - ctz(capacity);
  for (let place = index >> bits; ; place = (place + 1) & (capacity - 1)) {
    const at = sketch + ITEMS + (<usize>place << 2);
    const item = load<u32>(at);
    if (item && item >> 8 != index) continue;
    if ((item & 255) < value) store<u32>(at, (index << 8) | value);
    if (!item) store<u32>(sketch, load<u32>(sketch, COUNT) + 1, COUNT);
    return;
  }
}

/** Takes in a sealed sketch, `bytes` bytes at `from`: 0, `NEED_BYTES`, or `NEED_BAIL` where it is none of this precision. */
export function mergeRegisters(sink: usize, cell: usize, from: usize, bytes: u32): i32 {
  const parameters = parametersOf(<usize>load<u32>(cell));
  const all: u32 = 1 << load<u32>(parameters, PARAMETER_A);
  const head = load<u64>(from);
  const isList = head == (load<u64>(parameters) | IS_LIST);
  if (!isList && (head != load<u64>(parameters) || bytes != HEAD_BYTES + all)) return NEED_BAIL;
  const end = from + bytes;
  let index: u32 = 0;
  for (let p = from + HEAD_BYTES; p < end; p += isList ? 4 : 1, index++) {
    const item = isList ? load<u32>(p) : (index << 8) | load<u8>(p);
    if (item >> 8 >= all) return NEED_BAIL;
    if (item & 255 && raise(sink, cell, <usize>load<u32>(cell), item >> 8, item & 255)) return NEED_BYTES;
  }
  return 0;
}

/** Registers that are not zero. */
function countOf(sketch: usize, all: u32): u32 {
  if (load<u32>(sketch, CAPACITY)) return load<u32>(sketch, COUNT);
  let count: u32 = 0;
  for (let i: u32 = 0; i < all; i++) count += <u32>(load<u8>(sketch + i, ITEMS) != 0);
  return count;
}

export function sealedRegistersBytes(sketch: usize): u32 {
  const all: u32 = 1 << load<u32>(parametersOf(sketch), PARAMETER_A);
  return HEAD_BYTES + min(countOf(sketch, all) << 2, all);
}

/** Writes the sketch as `bytes` bytes: the list where it is shorter than all registers. */
export function sealRegisters(sketch: usize, out: usize, bytes: u32): void {
  const parameters = parametersOf(sketch);
  const all: u32 = 1 << load<u32>(parameters, PARAMETER_A);
  const capacity = load<u32>(sketch, CAPACITY);
  const isList = bytes != HEAD_BYTES + all;
  store<u64>(out, load<u64>(parameters) | (isList ? IS_LIST : 0));
  const first = out + HEAD_BYTES;
  if (!isList && !capacity) {
    memory.copy(first, sketch + ITEMS, all);
    return;
  }
  // A list never takes as many bytes as all registers: here one is written.
  let end = first;
  const places = capacity ? capacity : all;
  for (let i: u32 = 0; i < places; i++) {
    const item = capacity ? load<u32>(sketch + (<usize>i << 2), ITEMS) : listed(i, load<u8>(sketch + i, ITEMS));
    if (!item) continue;
    let p = end;
    for (; p > first && load<u32>(p - 4) > item; p -= 4) store<u32>(p, load<u32>(p - 4));
    store<u32>(p, item);
    end += 4;
  }
}

// @ts-ignore: decorator
@inline function listed(index: u32, value: u8): u32 {
  return value ? (index << 8) | value : 0;
}
