/**
 * Sorts rows by a text, by units of UTF-16: eight bytes at a time by radix, from the first ones on, then each run of rows that are still equal by the next
 * eight. What has few rows, or bytes that do not have the order of units, is compared.
 */
import { textCompare } from "../values/text-compare";
import { payloadAt } from "./cell";
import { PAIR_BYTES, sortPairs } from "./radix";
import { isCut, textRank } from "./rank";

/** Runs up to this long are compared. */
const FEW: u32 = 24;
/** Bytes that texts may share before they are compared. */
const DEPTH_MAX: u32 = 512;

/** Sorts `count` pairs, whose references are set, by the texts of a column; `other` has room for as many. `flip`: all ones where it descends. */
export function sortTexts(
  pairs: usize,
  other: usize,
  count: u32,
  column: u32,
  flip: u64,
  depth: u32,
  counts: usize,
): void {
  if (count <= FEW || depth > DEPTH_MAX) {
    compareAll(pairs, other, count, column, flip);
    return;
  }
  const end = pairs + <usize>count * PAIR_BYTES;
  for (let at = pairs; at < end; at += PAIR_BYTES) store<u64>(at, textRank(payloadAt(load<u64>(at, 8), column), depth) ^ flip);
  sortPairs(pairs, other, count, counts);
  for (let begin = pairs; begin < end; ) {
    const bits = load<u64>(begin);
    let next = begin + PAIR_BYTES;
    while (next < end && load<u64>(next) == bits) next += PAIR_BYTES;
    const rows = <u32>((next - begin) / PAIR_BYTES);
    if (rows > 1) sortRun(begin, other, rows, column, flip, depth, bits ^ flip, counts);
    begin = next;
  }
}

/** Rows whose texts are the same up to `depth` and in the eight bytes from there on. */
function sortRun(
  pairs: usize,
  other: usize,
  count: u32,
  column: u32,
  flip: u64,
  depth: u32,
  bits: u64,
  counts: usize,
): void {
  let least = u32.MAX_VALUE;
  let most: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const length = <u32>(payloadAt(load<u64>(pairs + <usize>i * PAIR_BYTES, 8), column) >> 32);
    least = min(least, length);
    most = max(most, length);
  }
  if (isCut(bits)) compareAll(pairs, other, count, column, flip);
  else if (most > depth + 8) sortTexts(pairs, other, count, column, flip, depth + 8, counts);
  // Texts that end here are equal, but for zeros at their ends.
  else if (least != most) compareAll(pairs, other, count, column, flip);
}

/** Merges runs of twice the length each time. */
function compareAll(pairs: usize, other: usize, count: u32, column: u32, flip: u64): void {
  let from = pairs;
  let to = other;
  for (let length: u32 = 1; length < count; length <<= 1) {
    for (let begin: u32 = 0; begin < count; begin += length << 1) {
      const middle = min(begin + length, count);
      merge(from, to, begin, middle, min(middle + length, count), column, flip);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  if (from != pairs) memory.copy(pairs, from, <usize>count * PAIR_BYTES);
}

function merge(from: usize, to: usize, begin: u32, middle: u32, end: u32, column: u32, flip: u64): void {
  let left = from + <usize>begin * PAIR_BYTES;
  let right = from + <usize>middle * PAIR_BYTES;
  const leftEnd = right;
  const rightEnd = from + <usize>end * PAIR_BYTES;
  let out = to + <usize>begin * PAIR_BYTES;
  while (left < leftEnd && right < rightEnd) {
    const takesRight = comesAfter(load<u64>(left, 8), load<u64>(right, 8), column, flip);
    store<u64>(out, load<u64>(takesRight ? right : left, 8), 8);
    if (takesRight) right += PAIR_BYTES;
    else left += PAIR_BYTES;
    out += PAIR_BYTES;
  }
  memory.copy(out, left, leftEnd - left);
  memory.copy(out + (leftEnd - left), right, rightEnd - right);
}

/** Whether the text of one row comes behind that of another one. */
export function comesAfter(one: u64, other: u64, column: u32, flip: u64): bool {
  const a = payloadAt(one, column);
  const b = payloadAt(other, column);
  const order = textCompare(<usize>(<u32>a), <u32>(a >> 32), <usize>(<u32>b), <u32>(b >> 32));
  return flip ? order < 0 : order > 0;
}
