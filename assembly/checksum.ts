/**
 * The checksum of bytes in memory: Fletcher's (1982) on four lanes of 32 bits. It tells damaged memory from intact memory after a trap, at the speed
 * of reading; it does not leave the process. Weights are odd, so that no bit is shifted out of its lane.
 */

/** Joins parts of a sum: odd (2^32 divided by the golden ratio), so that every bit of each part is kept. */
export const FOLD: u32 = 0x9e3779b1;

/** Checksum of `bytes` bytes, a multiple of 16. */
export function checksum(inPtr: usize, bytes: u32): u32 {
  return (ASC_FEATURE_SIMD ? sumsOfLanes(inPtr, bytes) : sumsOfWords(inPtr, bytes)) + bytes;
}

function sumsOfLanes(inPtr: usize, bytes: u32): u32 {
  let sum = i32x4.splat(0);
  let sumOfSums = i32x4.splat(0);
  for (let p = inPtr; p < inPtr + bytes; p += 16) {
    sum = i32x4.add(sum, v128.load(p));
    sumOfSums = i32x4.add(sumOfSums, sum);
  }
  return foldSums(sum, sumOfSums);
}

function sumsOfWords(inPtr: usize, bytes: u32): u32 {
  let sum: u32 = 0;
  let sumOfSums: u32 = 0;
  for (let p = inPtr; p < inPtr + bytes; p += 16) {
    sum += foldWords(p);
    sumOfSums += sum;
  }
  return sum + (sumOfSums << 1);
}

/** Joins the four lanes at `p`. Joining is linear, so whoever has no vectors may join first and add after, with the same result. */
// @ts-ignore: decorator
@inline export function foldWords(p: usize): u32 {
  return ((load<u32>(p) * FOLD + load<u32>(p, 4)) * FOLD + load<u32>(p, 8)) * FOLD + load<u32>(p, 12);
}

/** One number of the two sums of Fletcher's checksum. */
// @ts-ignore: decorator
@inline export function foldSums(sum: v128, sumOfSums: v128): u32 {
  // Twice a rank and one: all weights are odd.
  const lanes = i32x4.add(sum, i32x4.shl(sumOfSums, 1));
  let folded: u32 = i32x4.extract_lane(lanes, 0);
  folded = folded * FOLD + <u32>i32x4.extract_lane(lanes, 1);
  folded = folded * FOLD + <u32>i32x4.extract_lane(lanes, 2);
  return folded * FOLD + <u32>i32x4.extract_lane(lanes, 3);
}
