/** Counting the pieces that text is cut into, without looking at them. */
import { BAD_SIZE } from "./abi";

/** Pieces of clean text that ends with a line end: as many as there are separators and line ends. */
export function tokenizeCount(inPtr: usize, inBytes: i32, separator: i32): i32 {
  if (inBytes < 0) return BAD_SIZE;
  return ASC_FEATURE_SIMD ? countVectors(inPtr, inBytes, separator) : countBytes(inPtr, inBytes, <u8>separator);
}

function countVectors(inPtr: usize, inBytes: i32, separator: i32): i32 {
  const separators = i8x16.splat(<i8>separator);
  const lineEnds = i8x16.splat(10);
  const end = inPtr + inBytes;
  let count: i32 = 0;
  for (let p = inPtr; p < end; p += 16) {
    const bytes = v128.load(p);
    let cuts = i8x16.bitmask(v128.or(i8x16.eq(bytes, separators), i8x16.eq(bytes, lineEnds)));
    if (p + 16 > end) cuts &= (1 << <i32>(end - p)) - 1;
    count += popcnt(cuts);
  }
  return count;
}

function countBytes(inPtr: usize, inBytes: i32, separator: u8): i32 {
  const end = inPtr + inBytes;
  let count: i32 = 0;
  for (let p = inPtr; p < end; p++) {
    const byte = load<u8>(p);
    count += <i32>(byte == separator) | <i32>(byte == 10);
  }
  return count;
}
