/**
 * Decimal text to the nearest double, ties to even, as JavaScript reads it: to the last bit, or `PARSE_HARD` and the host does it.
 *
 * A decimal is w * 10^q. Where w and 10^|q| are doubles, one multiplication or division rounds right (Clinger, "How to read floating point numbers
 * accurately", 1990). Otherwise the 128 leading bits of 5^q decide: Lemire, "Number parsing at a gigabyte per second", 2021; that they always do for
 * w < 2^64 is shown by Mushtak and Lemire, "Fast number parsing without fallback", 2023. What has more digits than w holds lies between w and w + 1:
 * it is exact where both round to one double.
 *
 * The table of powers is made by the host (src/kernel/powers-of-five.ts); where its address is 0, what needs it is hard.
 */

/** The double is at `outPtr`. */
export const PARSE_EXACT: i32 = 0;
export const PARSE_NOT_A_NUMBER: i32 = 1;
/** It is a number, but which one the host has to say. */
export const PARSE_HARD: i32 = 2;

/** Behind the double at `outPtr`: the address where the number ended, u32. */
export const PARSE_END: usize = 8;

/** Least power in the table; below it every w rounds to 0. */
export const POWER_MIN: i64 = -342;
/** Above it every w rounds to infinity. */
const POWER_MAX: i64 = 308;
export const POWER_BYTES: usize = 16;
/** Of exponents in text: beyond it no count of digits matters. */
const EXPONENT_MAX: i64 = 10_000_000_000;
/** Decimal digits that 64 bits always hold. */
const DIGITS_MAX: i32 = 19;
const INFINITE: u64 = 0x7ff0000000000000;
const SIGN: u64 = 0x8000000000000000;

/**
 * Parses the longest number of JSON's grammar at `ptr`; writes the double at `outPtr` and where it ended behind it (12 bytes). What stands there is not
 * looked at, except that a number cannot end in front of what would have to continue it: "01", "1." and "1e" are not numbers.
 */
export function parseDecimal(ptr: usize, end: usize, powersPtr: usize, outPtr: usize): i32 {
  const isNegative = ptr < end && load<u8>(ptr) == 45;
  return parseUnsigned(ptr + <usize>isNegative, end, isNegative, true, powersPtr, outPtr);
}

/**
 * As `parseDecimal`, from behind the sign; where not strict in JavaScript's grammar of decimals: "5.", ".5" and "05" are numbers, "5e" is "5" and ends
 * in front of the "e".
 */
export function parseUnsigned(
  ptr: usize,
  end: usize,
  isNegative: bool,
  isStrict: bool,
  powersPtr: usize,
  outPtr: usize,
): i32 {
  let p = ptr;
  let count = digitCount(p, end);
  let w = digitValue(p, count);
  p += count;
  while (count == 16) {
    count = digitCount(p, end);
    w = w * power10(count) + digitValue(p, count);
    p += count;
  }
  let digits = <i32>(p - ptr);
  if (isStrict && (digits == 0 || (digits > 1 && load<u8>(ptr) == 48))) return PARSE_NOT_A_NUMBER;
  let q: i64 = 0;
  if (p < end && load<u8>(p) == 46) {
    const point = p++;
    do {
      count = digitCount(p, end);
      w = w * power10(count) + digitValue(p, count);
      p += count;
    } while (count == 16);
    const decimals = <i32>(p - point) - 1;
    if (isStrict && decimals == 0) return PARSE_NOT_A_NUMBER;
    digits += decimals;
    q = -(<i64>decimals);
  }
  if (digits == 0) return PARSE_NOT_A_NUMBER;
  const digitsEnd = p;
  if (p < end && (load<u8>(p) | 32) == 101) {
    const exponentEnd = skipExponent(p, end);
    if (exponentEnd != p) {
      q += exponentValue(p + 1, exponentEnd);
      p = exponentEnd;
    } else if (isStrict) return PARSE_NOT_A_NUMBER;
  }
  store<u32>(outPtr, <u32>p, PARSE_END);
  if (digits > DIGITS_MAX) return parseLong(ptr, digitsEnd, q, isNegative, powersPtr, outPtr);
  const sign = isNegative ? SIGN : 0;
  // The conversion of a 64-bit integer rounds to nearest, ties to even.
  if (q == 0 || w == 0) store<u64>(outPtr, reinterpret<u64>(<f64>w) | sign);
  else if (w <= 1 << 53 && q >= -22 && q <= 22) {
    const value = q < 0 ? <f64>w / exactPower10(<i32>-q) : <f64>w * exactPower10(<i32>q);
    store<u64>(outPtr, reinterpret<u64>(value) | sign);
  } else {
    if (!powersPtr) return PARSE_HARD;
    store<u64>(outPtr, nearest(w, q, powersPtr) | sign);
  }
  return PARSE_EXACT;
}

/** Digits from `ptr` to `end`, with a point among them, of which there are more than w is sure to hold. */
function parseLong(ptr: usize, end: usize, exponent: i64, isNegative: bool, powersPtr: usize, outPtr: usize): i32 {
  let w: u64 = 0;
  let held: i32 = 0;
  let q = exponent;
  let isCut = false;
  for (let p = ptr; p < end; p++) {
    const digit = <u64>load<u8>(p) - 48;
    if (digit > 9) continue;
    if (held < DIGITS_MAX) {
      w = w * 10 + digit;
      held += <i32>(w != 0);
    } else {
      q++;
      isCut = isCut || digit != 0;
    }
  }
  if (!powersPtr) return PARSE_HARD;
  const bits = nearest(w, q, powersPtr);
  if (isCut && bits != nearest(w + 1, q, powersPtr)) return PARSE_HARD;
  store<u64>(outPtr, bits | (isNegative ? SIGN : 0));
  return PARSE_EXACT;
}

/** Where the exponent whose "e" is at `p` ends; `p` where there is none. */
function skipExponent(p: usize, end: usize): usize {
  let digits = p + 1;
  if (digits < end && (load<u8>(digits) == 43 || load<u8>(digits) == 45)) digits++;
  let q = digits;
  while (q < end && <u32>load<u8>(q) - 48 <= 9) q++;
  return q == digits ? p : q;
}

/** The exponent that is written from `ptr` to `end`; past `EXPONENT_MAX` no further digits are heeded. */
export function exponentValue(ptr: usize, end: usize): i64 {
  const isNegative = load<u8>(ptr) == 45;
  let value: i64 = 0;
  for (let p = ptr; p < end; p++) {
    const digit = <u32>load<u8>(p) - 48;
    if (digit <= 9 && value < EXPONENT_MAX) value = value * 10 + digit;
  }
  return isNegative ? -value : value;
}

/** Bits of the double nearest to w * 10^q. */
function nearest(w: u64, q: i64, powersPtr: usize): u64 {
  if (w == 0 || q < POWER_MIN) return 0;
  if (q > POWER_MAX) return INFINITE;
  const power = powersPtr + <usize>(q - POWER_MIN) * POWER_BYTES;
  const zeros = clz(w);
  const normal = w << zeros;
  const first = load<u64>(power, 8);
  let high = multiplyHigh(normal, first);
  let low = normal * first;
  // 55 bits are needed; where the 9 below them are all set, the lower half of the power may carry into them.
  if ((high & 0x1ff) == 0x1ff) {
    const carried = multiplyHigh(normal, load<u64>(power));
    low += carried;
    high += <u64>(low < carried);
  }
  const upper = high >> 63;
  const shift = upper + 9;
  // 53 bits and one to round by.
  let mantissa = high >> shift;
  // 217706 / 2^16 is a little above the binary logarithm of 10: right for all powers of the table.
  const exponent = ((217706 * q) >> 16) + 63 + <i64>upper - <i64>zeros + 1023;
  if (exponent <= 0) {
    if (exponent <= -63) return 0;
    mantissa >>= 1 - exponent;
    // Where rounding makes a normal number of it, its leading bit is the exponent.
    return (mantissa + (mantissa & 1)) >> 1;
  }
  // Half-way cases, where 5^|q| divides or is divided by what fits: ties to even.
  if (low <= 1 && q >= -4 && q <= 23 && (mantissa & 3) == 1 && mantissa << shift == high) mantissa &= ~1;
  mantissa = (mantissa + (mantissa & 1)) >> 1;
  // The leading bit adds one to the exponent, and so does one more that rounding may have made.
  const bits = (<u64>(exponent - 1) << 52) + mantissa;
  return bits < INFINITE ? bits : INFINITE;
}

/** The upper 64 bits of the product. */
export function multiplyHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  const other = a0 * b1 + (middle & 0xffffffff);
  return a1 * b1 + (middle >> 32) + (other >> 32);
}

/** 10^k for k up to 22: every partial product is a double. */
export function exactPower10(k: i32): f64 {
  const high = (k & 16 ? 1e16 : 1.0) * (k & 4 ? 1e4 : 1.0);
  const low = (k & 8 ? 1e8 : 1.0) * ((k & 2 ? 1e2 : 1.0) * (k & 1 ? 1e1 : 1.0));
  return high * low;
}

/** 10^k for k up to 19. */
export function power10(k: i32): u64 {
  const high: u64 = (k & 16 ? 10_000_000_000_000_000 : 1) * (k & 4 ? 10_000 : 1);
  const low: u64 = (k & 8 ? 100_000_000 : 1) * ((k & 2 ? 100 : 1) * (k & 1 ? 10 : 1));
  return high * low;
}

/** How many of the up to 16 bytes from `p` on are digits, until one is not. */
// @ts-ignore: decorator
@inline export function digitCount(p: usize, end: usize): i32 {
  let count: i32;
  if (ASC_FEATURE_SIMD) {
    const digits = i8x16.le_u(i8x16.sub(v128.load(p), i8x16.splat(48)), i8x16.splat(9));
    count = ctz(~i8x16.bitmask(digits));
  } else {
    count = 0;
    while (count < 16 && <u32>load<u8>(p + <usize>count) - 48 <= 9) count++;
  }
  const rest = end - p;
  return <usize>count < rest ? count : <i32>rest;
}

/** The value of `count` digits, at most 16. */
// @ts-ignore: decorator
@inline export function digitValue(p: usize, count: i32): u64 {
  if (ASC_FEATURE_SIMD) return digitValueSimd(p, count);
  let value: u64 = 0;
  for (let i: i32 = 0; i < count; i++) value = value * 10 + (<u64>load<u8>(p + <usize>i) - 48);
  return value;
}

/** Moves the digits to the right end, zeros in front of them, and joins neighbours: 1 digit, 2, 4, 8. */
function digitValueSimd(p: usize, count: i32): u64 {
  const places = i8x16.add(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>(count - 16)));
  const ones = i8x16.swizzle(i8x16.sub(v128.load(p), i8x16.splat(48)), places);
  const tens = i16x8.mul(v128.and(ones, i16x8.splat(255)), i16x8.splat(10));
  const pairs = i16x8.add(tens, i16x8.shr_u(ones, 8));
  const fours = i32x4.dot_i16x8_s(pairs, i16x8(100, 1, 100, 1, 100, 1, 100, 1));
  const narrow = i16x8.narrow_i32x4_u(fours, fours);
  const eights = i32x4.dot_i16x8_s(narrow, i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1));
  return <u64>(<u32>i32x4.extract_lane(eights, 0)) * 100_000_000 + <u64>(<u32>i32x4.extract_lane(eights, 1));
}
