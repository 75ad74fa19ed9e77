/** A stable sort of pairs (bits u64, reference u64) by their bits: least significant byte first, bytes that all pairs share are left out. */

export const PAIR_BYTES: usize = 16;
const DIGITS: usize = 8;
const BUCKETS: usize = 256;

/** Sorts `count` pairs; `other` has room for as many, `counts` for 8 KiB. */
export function sortPairs(pairs: usize, other: usize, count: u32, counts: usize): void {
  if (!count) return;
  const bytes = <usize>count * PAIR_BYTES;
  countDigits(pairs, bytes, counts);
  let from = pairs;
  let to = other;
  for (let digit: usize = 0; digit < DIGITS; digit++) {
    const places = counts + digit * (BUCKETS << 2);
    const first = load<u8>(from + digit);
    if (load<u32>(places + (<usize>first << 2)) == count) continue;
    let place: u32 = 0;
    for (let bucket: usize = 0; bucket < BUCKETS << 2; bucket += 4) {
      const size = load<u32>(places + bucket);
      store<u32>(places + bucket, place);
      place += size;
    }
    for (let at: usize = 0; at < bytes; at += PAIR_BYTES) {
      const bucket = places + (<usize>load<u8>(from + at + digit) << 2);
      const target = load<u32>(bucket);
      store<u32>(bucket, target + 1);
      const out = to + <usize>target * PAIR_BYTES;
      store<u64>(out, load<u64>(from + at));
      store<u64>(out, load<u64>(from + at, 8), 8);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  if (from != pairs) memory.copy(pairs, from, bytes);
}

function countDigits(pairs: usize, bytes: usize, counts: usize): void {
  memory.fill(counts, 0, DIGITS * BUCKETS * 4);
  for (let at: usize = 0; at < bytes; at += PAIR_BYTES) {
    let bits = load<u64>(pairs + at);
    for (let digit: usize = 0; digit < DIGITS * BUCKETS * 4; digit += BUCKETS * 4) {
      const place = counts + digit + (<usize>(bits & 0xff) << 2);
      store<u32>(place, load<u32>(place) + 1);
      bits >>= 8;
    }
  }
}
