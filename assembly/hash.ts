/**
 * Two hashes, for two purposes.
 *
 * `probe` finds a slot of a table. Its multipliers are secret, odd and random for each process, which makes the family close to
 * universal: keys chosen in advance cannot be made to collide (Dietzfelbinger et al., "A reliable randomized algorithm for the
 * closest-pair problem", 1997: multiply-shift). Only the top bits of the product are used, as that scheme asks.
 *
 * `murmur3` chooses a partition. It is specified and the same everywhere, in JavaScript too: MurmurHash3_x86_32 by Austin Appleby.
 */

// @ts-ignore: decorator
@inline export function probe(lo: u64, hi: u64, length: u32, a: u64, b: u64): u64 {
  return lo * a + (hi + <u64>length) * b;
}

/** Folds a key of more than 16 bytes into 64 bits; `c` is the third secret multiplier. */
export function foldLong(keyPtr: usize, length: u32, c: u64): u64 {
  let folded: u64 = c;
  const last = keyPtr + length - 8;
  for (let p = keyPtr; p < last; p += 8) folded = rotl<u64>((folded ^ load<u64>(p)) * c, 31);
  return (folded ^ load<u64>(last)) * c;
}

export function murmur3(keyPtr: usize, length: u32, seed: u32): u32 {
  let h = seed;
  const tail = keyPtr + (length & ~3);
  for (let p = keyPtr; p < tail; p += 4) {
    h = rotl<u32>(h ^ scramble(load<u32>(p)), 13) * 5 + 0xe6546b64;
  }
  const rest = length & 3;
  if (rest) {
    let k: u32 = 0;
    for (let i: u32 = 0; i < rest; i++) k |= <u32>load<u8>(tail + i) << (i << 3);
    h ^= scramble(k);
  }
  return finished(h ^ length);
}

// @ts-ignore: decorator
@inline export function finished(hash: u32): u32 {
  let h = (hash ^ (hash >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}

// @ts-ignore: decorator
@inline export function scramble(k: u32): u32 {
  return rotl<u32>(k * 0xcc9e2d51, 15) * 0x1b873593;
}
