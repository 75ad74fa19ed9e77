/** Pairs (bits u64, reference u64) that lie in a few runs which are in order: merged two by two, as a natural merge sort does (Knuth, TAOCP 3, 5.2.4). */
import { PAIR_BYTES } from "./radix";
import { comesAfter } from "./texts";

/** With more runs sorting is faster than merging. */
const RUNS_MAX: u32 = 64;

/**
 * Puts the pairs in order by their bits and, where they are texts, those of the same bits by the texts of a column; equal ones stay as they are. `other` has
 * room for as many, `starts` for the beginnings of runs. False, with nothing done, where there are many runs.
 */
export function mergeRuns(
  pairs: usize,
  other: usize,
  count: u32,
  areTexts: bool,
  column: u32,
  flip: u64,
  starts: usize,
): bool {
  const end = pairs + <usize>count * PAIR_BYTES;
  // Where runs begin, from the first of `pairs` on in bytes, then where the last one ends.
  let runs: u32 = count ? 1 : 0;
  store<u32>(starts, 0);
  for (let at = pairs + PAIR_BYTES; at < end; at += PAIR_BYTES) {
    if (!isAfter(at - PAIR_BYTES, at, areTexts, column, flip)) continue;
    if (runs == RUNS_MAX) return false;
    store<u32>(starts + (<usize>runs << 2), <u32>(at - pairs));
    runs++;
  }
  let from = pairs;
  let to = other;
  while (runs > 1) {
    store<u32>(starts + (<usize>runs << 2), <u32>(end - pairs));
    let merged: u32 = 0;
    for (let i: u32 = 0; i < runs; i += 2, merged++) {
      const begin = load<u32>(starts + (<usize>i << 2));
      const middle = load<u32>(starts + (<usize>(i + 1) << 2));
      const last = i + 1 < runs ? load<u32>(starts + (<usize>(i + 2) << 2)) : middle;
      merge(from, to, begin, middle, last, areTexts, column, flip);
      store<u32>(starts + (<usize>merged << 2), begin);
    }
    runs = merged;
    const swap = from;
    from = to;
    to = swap;
  }
  if (from != pairs) memory.copy(pairs, from, end - pairs);
  return true;
}

function merge(
  from: usize,
  to: usize,
  begin: u32,
  middle: u32,
  end: u32,
  areTexts: bool,
  column: u32,
  flip: u64,
): void {
  let left = from + <usize>begin;
  let right = from + <usize>middle;
  const leftEnd = right;
  const rightEnd = from + <usize>end;
  let out = to + <usize>begin;
  while (left < leftEnd && right < rightEnd) {
    const takesRight = isAfter(left, right, areTexts, column, flip);
    const next = takesRight ? right : left;
    store<u64>(out, load<u64>(next));
    store<u64>(out, load<u64>(next, 8), 8);
    if (takesRight) right += PAIR_BYTES;
    else left += PAIR_BYTES;
    out += PAIR_BYTES;
  }
  memory.copy(out, left, leftEnd - left);
  memory.copy(out + (leftEnd - left), right, rightEnd - right);
}

/** Whether a pair comes behind another one. */
function isAfter(one: usize, other: usize, areTexts: bool, column: u32, flip: u64): bool {
  const a = load<u64>(one);
  const b = load<u64>(other);
  return a > b || (areTexts && a == b && comesAfter(load<u64>(one, 8), load<u64>(other, 8), column, flip));
}
