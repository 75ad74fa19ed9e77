/**
 * Text as it arrives: lines of UTF-8. `textScanMore` and `textScan` look at it once; what is not clean (invalid UTF-8, or line ends other than "\n") is
 * rewritten once by `textNormalise`, so that everything after sees valid UTF-8 whose lines end in "\n" alone.
 *
 * Validation: Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte" (2021), three table look-ups for each 16
 * bytes; spans of ASCII cost one comparison. Replacement: the Encoding Standard's, one U+FFFD for each maximal part of a sequence.
 */
import {
  BAD_SIZE,
  SCAN_BEFORE,
  SCAN_CHECKSUM,
  SCAN_CLEAN,
  SCAN_FAULTS,
  SCAN_REST,
  SCAN_RETURNS,
  SCAN_ROWS,
  SCAN_SUM,
  SCAN_SUM_OF_SUMS,
} from "./abi";
import { foldSums, foldWords } from "./checksum";

/** Bytes looked at before their line ends are added up: no more than 255 of them are in one lane then. */
const RUN_BYTES: usize = 255 * 16;

/** Looks at the next bytes of a text, so many that all so far are a multiple of 16. Returns 0. */
export function textScanMore(statePtr: usize, inPtr: usize, inBytes: i32): i32 {
  if (inBytes < 0 || inBytes & 15) return BAD_SIZE;
  if (ASC_FEATURE_SIMD) scanVectors(statePtr, inPtr, inPtr + inBytes);
  else scanWords(statePtr, inPtr, inPtr + inBytes);
  return 0;
}

/**
 * Looks at what is left of a text of `inBytes` bytes which ends with a line end, after `scanned` bytes, and reports: rows ("\n"s), whether it is clean, and
 * its checksum (checksum.ts). Returns 0.
 */
export function textScan(statePtr: usize, inPtr: usize, inBytes: i32, scanned: i32): i32 {
  if (scanned < 0 || scanned & 15 || inBytes < scanned) return BAD_SIZE;
  const whole = inPtr + (inBytes & ~15);
  // The last bytes, with zeros behind them, and so always ASCII at the end: a sequence cut short is found.
  const rest = statePtr + SCAN_REST;
  store<u64>(rest, 0);
  store<u64>(rest, 0, 8);
  memory.copy(rest, whole, inBytes & 15);
  let isClean: bool;
  let sum: u32;
  if (ASC_FEATURE_SIMD) {
    scanVectors(statePtr, inPtr + scanned, whole);
    scanVectors(statePtr, rest, rest + 16);
    isClean = !v128.any_true(v128.or(v128.load(statePtr, SCAN_FAULTS), v128.load(statePtr, SCAN_RETURNS)));
    sum = foldSums(v128.load(statePtr, SCAN_SUM), v128.load(statePtr, SCAN_SUM_OF_SUMS));
  } else {
    scanWords(statePtr, inPtr + scanned, whole);
    scanWords(statePtr, rest, rest + 16);
    const isAscii = !(load<u64>(statePtr, SCAN_BEFORE) & NOT_ASCII);
    isClean = !load<u64>(statePtr, SCAN_RETURNS) && (isAscii || isUtf8(inPtr, inPtr + inBytes));
    sum = load<u32>(statePtr, SCAN_SUM) + (load<u32>(statePtr, SCAN_SUM_OF_SUMS) << 1);
  }
  store<u32>(statePtr, isClean ? 1 : 0, SCAN_CLEAN);
  store<u32>(statePtr, sum + inBytes, SCAN_CHECKSUM);
  return 0;
}

function scanVectors(statePtr: usize, inPtr: usize, whole: usize): void {
  const lineEnds = i8x16.splat(10);
  const carriageReturns = i8x16.splat(13);
  let rows: i32 = load<i32>(statePtr, SCAN_ROWS);
  let faults = v128.load(statePtr, SCAN_FAULTS);
  let returns = v128.load(statePtr, SCAN_RETURNS);
  let sum = v128.load(statePtr, SCAN_SUM);
  let sumOfSums = v128.load(statePtr, SCAN_SUM_OF_SUMS);
  // The 16 bytes before the run at hand; zeros stand before the text.
  let before = v128.load(statePtr, SCAN_BEFORE);
  for (let run = inPtr; run < whole; run += RUN_BYTES) {
    const end = min<usize>(run + RUN_BYTES, whole);
    let counts = i8x16.splat(0);
    let bits = before;
    for (let p = run; p < end; p += 16) {
      const bytes = v128.load(p);
      counts = i8x16.sub(counts, i8x16.eq(bytes, lineEnds));
      returns = v128.or(returns, i8x16.eq(bytes, carriageReturns));
      bits = v128.or(bits, bytes);
      sum = i32x4.add(sum, bytes);
      sumOfSums = i32x4.add(sumOfSums, sum);
    }
    rows += addLanes(counts);
    if (i8x16.bitmask(bits)) faults = v128.or(faults, runFaults(run, end, before));
    before = v128.load(end - 16);
  }
  store<u32>(statePtr, rows, SCAN_ROWS);
  v128.store(statePtr, faults, SCAN_FAULTS);
  v128.store(statePtr, returns, SCAN_RETURNS);
  v128.store(statePtr, sum, SCAN_SUM);
  v128.store(statePtr, sumOfSums, SCAN_SUM_OF_SUMS);
  v128.store(statePtr, before, SCAN_BEFORE);
}

/** The sum of 16 lanes of unsigned bytes. */
// @ts-ignore: decorator
@inline function addLanes(counts: v128): i32 {
  const sums = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(counts));
  const low = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
  return low + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
}

/** Non-zero where the bytes of a run, which follow `before`, are not UTF-8. */
function runFaults(run: usize, end: usize, before: v128): v128 {
  let faults = i8x16.splat(0);
  let previous = before;
  for (let p = run; p < end; p += 16) {
    const bytes = v128.load(p);
    faults = v128.or(faults, utf8Faults(bytes, previous));
    previous = bytes;
  }
  return faults;
}

/** Non-zero where `bytes`, which follow `previous`, are not UTF-8; a sequence cut short shows in the call after. */
// @ts-ignore: decorator
@inline function utf8Faults(bytes: v128, previous: v128): v128 {
  if (!i8x16.bitmask(v128.or(bytes, previous))) return i8x16.splat(0);
  const before1 = v128.shuffle<u8>(previous, bytes, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  const before2 = v128.shuffle<u8>(previous, bytes, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
  const before3 = v128.shuffle<u8>(previous, bytes, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
  // Bits of the tables: 1 too short, 2 too long, 4 overlong 3, 8 too large, 16 surrogate, 32 overlong 2, 64 overlong 4, 128 two continuations.
  const firstHigh = i8x16.swizzle(
    i8x16(2, 2, 2, 2, 2, 2, 2, 2, -128, -128, -128, -128, 33, 1, 21, 73),
    i8x16.shr_u(before1, 4),
  );
  const firstLow = i8x16.swizzle(
    i8x16(-25, -93, -125, -125, -117, -53, -53, -53, -53, -53, -53, -53, -53, -37, -53, -53),
    v128.and(before1, i8x16.splat(15)),
  );
  const secondHigh = i8x16.swizzle(
    i8x16(1, 1, 1, 1, 1, 1, 1, 1, -26, -82, -70, -70, 1, 1, 1, 1),
    i8x16.shr_u(bytes, 4),
  );
  const special = v128.and(v128.and(firstHigh, firstLow), secondHigh);
  const third = i8x16.sub_sat_u(before2, i8x16.splat(<i8>0xdf));
  const fourth = i8x16.sub_sat_u(before3, i8x16.splat(<i8>0xef));
  const continued = v128.and(i8x16.ne(v128.or(third, fourth), i8x16.splat(0)), i8x16.splat(<i8>0x80));
  return v128.xor(continued, special);
}

/** `scanVectors` without vectors; what is UTF-8 shows at the end. */
function scanWords(statePtr: usize, inPtr: usize, whole: usize): void {
  let rows: i32 = load<i32>(statePtr, SCAN_ROWS);
  let returns: u64 = load<u64>(statePtr, SCAN_RETURNS);
  let bits: u64 = load<u64>(statePtr, SCAN_BEFORE);
  let sum: u32 = load<u32>(statePtr, SCAN_SUM);
  let sumOfSums: u32 = load<u32>(statePtr, SCAN_SUM_OF_SUMS);
  for (let p = inPtr; p < whole; p += 16) {
    const low = load<u64>(p);
    const high = load<u64>(p, 8);
    // Bits 7 of the bytes of `low`, bits 6 of those of `high`.
    rows += <i32>popcnt(bytesEqual(low, LINE_ENDS) | (bytesEqual(high, LINE_ENDS) >> 1));
    returns |= bytesEqual(low, CARRIAGE_RETURNS) | bytesEqual(high, CARRIAGE_RETURNS);
    bits |= low | high;
    sum += foldWords(p);
    sumOfSums += sum;
  }
  store<u32>(statePtr, rows, SCAN_ROWS);
  store<u64>(statePtr, returns, SCAN_RETURNS);
  store<u64>(statePtr, bits, SCAN_BEFORE);
  store<u32>(statePtr, sum, SCAN_SUM);
  store<u32>(statePtr, sumOfSums, SCAN_SUM_OF_SUMS);
}

const LINE_ENDS: u64 = 0x0a0a0a0a0a0a0a0a;
const CARRIAGE_RETURNS: u64 = 0x0d0d0d0d0d0d0d0d;
const NOT_ASCII: u64 = 0x8080808080808080;

/** Bit 7 of each byte that two words have in common. */
// @ts-ignore: decorator
@inline function bytesEqual(a: u64, b: u64): u64 {
  const differing = a ^ b;
  return ~(((differing & ~NOT_ASCII) + ~NOT_ASCII) | differing) & NOT_ASCII;
}

function isUtf8(inPtr: usize, end: usize): bool {
  let p = inPtr;
  while (p < end) {
    if (p + 8 <= end && !(load<u64>(p) & NOT_ASCII)) {
      p += 8;
      continue;
    }
    const length = load<u8>(p) < 0x80 ? 1 : sequence(p, end);
    if (length < 0) return false;
    p += length;
  }
  return true;
}

/**
 * Writes the text with every "\r\n" and "\r" as "\n" and every invalid part of a sequence as U+FFFD, and returns its bytes; with `outPtr` 0 it
 * only counts them. `BAD_SIZE` where they would not fit into 31 bits.
 */
export function textNormalise(inPtr: usize, inBytes: i32, outPtr: usize): i32 {
  if (inBytes < 0) return BAD_SIZE;
  const end = inPtr + inBytes;
  let p = inPtr;
  let written: u64 = 0;
  while (p < end) {
    const byte = load<u8>(p);
    let length: i32 = 1;
    if (byte == 13) {
      if (outPtr) store<u8>(outPtr + <usize>written, 10);
      written++;
      p += p + 1 < end && load<u8>(p, 1) == 10 ? 2 : 1;
      continue;
    }
    if (byte >= 0x80) {
      length = sequence(p, end);
      if (length < 0) {
        if (outPtr) {
          store<u16>(outPtr + <usize>written, 0xbfef);
          store<u8>(outPtr + <usize>written, 0xbd, 2);
        }
        written += 3;
        p -= length;
        continue;
      }
    }
    if (outPtr) for (let i: i32 = 0; i < length; i++) store<u8>(outPtr + <usize>written + i, load<u8>(p + i));
    written += length;
    p += length;
  }
  return written > <u64>i32.MAX_VALUE ? BAD_SIZE : <i32>written;
}

/** Length of the sequence at `p`, whose first byte is not ASCII; where it is not valid, minus the length of the part to replace. */
function sequence(p: usize, end: usize): i32 {
  const first = load<u8>(p);
  if (first < 0xc2 || first > 0xf4) return -1;
  const length: i32 = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  let lower: u8 = 0x80;
  let upper: u8 = 0xbf;
  if (first == 0xe0) lower = 0xa0;
  else if (first == 0xed) upper = 0x9f;
  else if (first == 0xf0) lower = 0x90;
  else if (first == 0xf4) upper = 0x8f;
  for (let i: i32 = 1; i < length; i++) {
    if (p + i >= end) return -i;
    const byte = load<u8>(p + i);
    if (byte < lower || byte > upper) return -i;
    lower = 0x80;
    upper = 0xbf;
  }
  return length;
}
