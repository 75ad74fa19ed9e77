/** Pairs of 16 bytes, of which the first half is a number that is not NaN: sorted by it, those of the same number as they were. */

export const PAIR_BYTES: usize = 16;
export const WEIGHT: usize = 8;

/** Sorts pairs where they lie; `room` has as many bytes. */
export function sortPairs(from: usize, end: usize, room: usize): void {
  const bytes = end - from;
  let source = from;
  let target = room;
  for (let run = PAIR_BYTES; run < bytes; run <<= 1) {
    for (let at: usize = 0; at < bytes; at += run << 1) {
      const middle = source + min(at + run, bytes);
      mergeRuns(source + at, middle, middle, source + min(at + (run << 1), bytes), target + at);
    }
    const sorted = target;
    target = source;
    source = sorted;
  }
  if (source != from) memory.copy(from, source, bytes);
}

/** Merges two sorted runs to `out`; of the same numbers those of the first run come first. */
export function mergeRuns(a: usize, aEnd: usize, b: usize, bEnd: usize, out: usize): void {
  while (a < aEnd && b < bEnd) {
    const isSecond = load<f64>(b) < load<f64>(a);
    const from = isSecond ? b : a;
    store<u64>(out, load<u64>(from));
    store<u64>(out, load<u64>(from, WEIGHT), WEIGHT);
    out += PAIR_BYTES;
    if (isSecond) b += PAIR_BYTES;
    else a += PAIR_BYTES;
  }
  memory.copy(out, a, aEnd - a);
  memory.copy(out + (aEnd - a), b, bEnd - b);
}
