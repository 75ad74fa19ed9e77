/** Integers in JSON text, exactly: as they are written, not as the nearest double. */
import { exponentValue } from "./number-parse";

/** The integer is at `outPtr`. */
export const INTEGER_EXACT: i32 = 0;
export const INTEGER_NONE: i32 = 1;
/** It takes more than 64 bits, with its sign. */
export const INTEGER_TOO_LARGE: i32 = 2;

/** Decimal digits that 64 bits always hold. */
const DIGITS_MAX: i64 = 19;

/** Writes the integer that the valid number from `ptr` to `end` is. "1.50e1" is 15, "1.5" is none, "-0" is 0. */
export function exactInteger(ptr: usize, end: usize, outPtr: usize): i32 {
  let p = ptr;
  const isNegative = load<u8>(p) == 45;
  let value: u64 = 0;
  // Digits of the value, zeros that may be its last ones, digits behind the point.
  let digits: i64 = 0;
  let zeros: i64 = 0;
  let decimals: i64 = 0;
  let isBehindPoint = false;
  for (p += <usize>isNegative; p < end; p++) {
    const byte = load<u8>(p);
    if ((byte | 32) == 101) break;
    if (byte == 46) {
      isBehindPoint = true;
      continue;
    }
    decimals += <i64>isBehindPoint;
    if (byte == 48) {
      zeros += <i64>(digits != 0);
      continue;
    }
    digits += zeros + 1;
    if (digits <= DIGITS_MAX) value = value * power(zeros + 1) + (<u64>byte - 48);
    zeros = 0;
  }
  store<i64>(outPtr, 0);
  if (digits == 0) return INTEGER_EXACT;
  const exponent = (p < end ? exponentValue(p + 1, end) : 0) - decimals + zeros;
  if (exponent < 0) return INTEGER_NONE;
  if (digits + exponent > DIGITS_MAX) return INTEGER_TOO_LARGE;
  value *= power(exponent);
  if (value > (<u64>1 << 63) - <u64>!isNegative) return INTEGER_TOO_LARGE;
  store<u64>(outPtr, isNegative ? 0 - value : value);
  return INTEGER_EXACT;
}

function power(exponent: i64): u64 {
  let value: u64 = 1;
  for (let i: i64 = 0; i < exponent; i++) value *= 10;
  return value;
}
