/** Text to numbers as JavaScript's `Number`, `parseInt` and `parseFloat` do it. All write a double at `outPtr` (12 bytes) and return a `PARSE_*`. */
import { PARSE_END, PARSE_EXACT, PARSE_HARD, PARSE_NOT_A_NUMBER, parseUnsigned } from "./number-parse";
import { skipSpace, skipSpaceBack } from "./white-space";

/** "Infinity", as eight bytes. */
const INFINITY_TEXT: u64 = 0x7974696e69666e49;

/** `Number(text)`: NaN is exact, too. */
export function textToNumber(ptr: usize, bytes: u32, powersPtr: usize, outPtr: usize): i32 {
  const start = skipSpace(ptr, ptr + bytes);
  const end = skipSpaceBack(start, ptr + bytes);
  if (start == end) return exactly(0, outPtr);
  if (load<u8>(start) == 48 && end - start > 2) {
    const letter = load<u8>(start, 1) | 32;
    const bits = letter == 120 ? 4 : letter == 111 ? 3 : letter == 98 ? 1 : 0;
    if (bits) {
      const digitsEnd = binaryDigits(start + 2, end, bits, false, outPtr);
      return digitsEnd == end ? PARSE_EXACT : exactly(NaN, outPtr);
    }
  }
  const status = signedDecimal(start, end, powersPtr, outPtr);
  return load<u32>(outPtr, PARSE_END) == <u32>end ? status : exactly(NaN, outPtr);
}

/** `parseFloat(text)`. */
export function textToFloat(ptr: usize, bytes: u32, powersPtr: usize, outPtr: usize): i32 {
  const end = ptr + bytes;
  return signedDecimal(skipSpace(ptr, end), end, powersPtr, outPtr);
}

/** `parseInt(text, radix)` for the radices 0 (not given), 10 and 16; any other is hard. */
export function textToInteger(ptr: usize, bytes: u32, radix: i32, powersPtr: usize, outPtr: usize): i32 {
  if (radix != 0 && radix != 10 && radix != 16) return PARSE_HARD;
  const end = ptr + bytes;
  let p = skipSpace(ptr, end);
  const sign = signAt(p, end);
  p += <usize>(sign != 0);
  const isNegative = sign == 45;
  let isHex = radix == 16;
  if (radix != 10 && p + 1 < end && load<u8>(p) == 48 && (load<u8>(p, 1) | 32) == 120) {
    isHex = true;
    p += 2;
  }
  if (isHex) {
    if (binaryDigits(p, end, 4, isNegative, outPtr) == p) return exactly(NaN, outPtr);
    return PARSE_EXACT;
  }
  let digitsEnd = p;
  while (digitsEnd < end && <u32>load<u8>(digitsEnd) - 48 <= 9) digitsEnd++;
  const status = parseUnsigned(p, digitsEnd, isNegative, false, powersPtr, outPtr);
  return status == PARSE_NOT_A_NUMBER ? exactly(NaN, outPtr) : status;
}

/** The longest decimal or "Infinity" with or without sign; what is none is NaN, and ends at 0. */
function signedDecimal(ptr: usize, end: usize, powersPtr: usize, outPtr: usize): i32 {
  const sign = signAt(ptr, end);
  const p = ptr + <usize>(sign != 0);
  if (end - p >= 8 && load<u64>(p) == INFINITY_TEXT) {
    store<u32>(outPtr, <u32>(p + 8), PARSE_END);
    return exactly(sign == 45 ? -Infinity : Infinity, outPtr);
  }
  const status = parseUnsigned(p, end, sign == 45, false, powersPtr, outPtr);
  if (status != PARSE_NOT_A_NUMBER) return status;
  store<u32>(outPtr, 0, PARSE_END);
  return exactly(NaN, outPtr);
}

/** The sign at `p`, or 0. */
function signAt(p: usize, end: usize): u32 {
  if (p >= end) return 0;
  const byte = <u32>load<u8>(p);
  return byte == 43 || byte == 45 ? byte : 0;
}

/** Writes the value of digits of `bits` bits each, rounded to nearest, ties to even; returns where they end, `ptr` where there are none. */
function binaryDigits(ptr: usize, end: usize, bits: u32, isNegative: bool, outPtr: usize): usize {
  let value: u64 = 0;
  let dropped: u64 = 0;
  let exponent: i64 = 0;
  let p = ptr;
  for (; p < end; p++) {
    const digit = digitOf(load<u8>(p));
    if (digit >> bits) break;
    if (value >> (64 - bits)) {
      // What is held has more bits than a double: to round it, it is enough to know whether something else is dropped.
      dropped |= digit;
      exponent += bits;
    } else value = (value << bits) | digit;
  }
  let result = <f64>(value | <u64>(dropped != 0));
  if (exponent > 1023) result = Infinity;
  else result *= reinterpret<f64>((exponent + 1023) << 52);
  exactly(isNegative ? -result : result, outPtr);
  return p;
}

/** Value of a digit or letter, 255 of anything else. */
function digitOf(byte: u8): u32 {
  const digit = <u32>byte - 48;
  if (digit <= 9) return digit;
  const letter = <u32>(byte | 32) - 97;
  return letter < 26 ? letter + 10 : 255;
}

function exactly(value: f64, outPtr: usize): i32 {
  store<f64>(outPtr, value);
  return PARSE_EXACT;
}
