/**
 * Doubles as JavaScript's `String` writes them: the shortest decimal that is read back as the same double, of these the closest.
 *
 * Integers below 2^53 are their digits. Up to 15 digits with a few decimals are found by trying: no other decimal of so many digits is read as the same
 * double, and a division of two that are exact is read right. Of others the digits are found by Giulietti, "The Schubfach way to render doubles", 2020, with the table of powers
 * of five that parsing uses, which rounds up as that proof asks, except above 5^55, where it truncates: one is added there.
 */
import { multiplyHigh, POWER_BYTES, POWER_MIN } from "./number-parse";

/** Bytes that must be writable at `outPtr`: the longest text has 25, and digits are written eight at a time. */
export const NUMBER_TEXT_ROOM: i32 = 48;

const NAN_TEXT: u32 = 0x4e614e;
const INFINITY_TEXT: u64 = 0x7974696e69666e49;
const MANTISSA: u64 = 0x000fffffffffffff;
/** The last power of five that has at most 128 bits. */
const POWER_EXACT: i64 = 55;
/** Decimals have no exponent from 1e-6 up to below 1e21. */
const PLACES_MAX: i32 = 21;
const ZEROS_MAX: i32 = 6;
const SHORT_MAX: f64 = 1e15;
const SHORT_PLACES_MAX: i32 = 6;
const ASCII_ZEROS: u64 = 0x3030303030303030;

/** Writes the text of a number and returns its bytes; 0, hard, where there is no table (`powersPtr` 0) and it would be needed. */
export function numberToText(value: f64, powersPtr: usize, outPtr: usize): i32 {
  if (value != value) {
    store<u32>(outPtr, NAN_TEXT);
    return 3;
  }
  let out = outPtr;
  if (value < 0) store<u8>(out++, 45);
  const size = abs(value);
  if (size < 9007199254740992.0 && <f64>(<u64>size) == size) return <i32>(out - outPtr) + writeDigits(<u64>size, out);
  if (size == Infinity) {
    store<u64>(out, INFINITY_TEXT);
    return <i32>(out - outPtr) + 8;
  }
  if (size < SHORT_MAX) {
    let power = 1.0;
    for (let places: i32 = 1; places <= SHORT_PLACES_MAX; places++) {
      power *= 10;
      const digits = nearest(size * power);
      if (digits >= SHORT_MAX) break;
      if (digits / power != size) continue;
      const count = writeDigits(<u64>digits, out);
      return <i32>(out - outPtr) + layOut(out, count, count - places);
    }
  }
  if (!powersPtr) return 0;
  let exponent = shortest(reinterpret<u64>(size), powersPtr, out);
  let digits = load<u64>(out);
  while (digits % 100_000_000 == 0) {
    digits /= 100_000_000;
    exponent += 8;
  }
  if (digits % 10_000 == 0) {
    digits /= 10_000;
    exponent += 4;
  }
  while (digits % 10 == 0) {
    digits /= 10;
    exponent++;
  }
  const count = writeDigits(digits, out);
  return <i32>(out - outPtr) + layOut(out, count, count + exponent);
}

/** Puts the point before digit number `point` of the `count` digits at `out`, with the zeros or the exponent that it takes; returns the bytes. */
function layOut(out: usize, count: i32, point: i32): i32 {
  if (point > 0 && point <= PLACES_MAX) {
    if (count <= point) {
      memory.fill(out + <usize>count, 48, point - count);
      return point;
    }
    memory.copy(out + <usize>point + 1, out + <usize>point, count - point);
    store<u8>(out + <usize>point, 46);
    return count + 1;
  }
  if (point <= 0 && point > -ZEROS_MAX) {
    memory.copy(out + <usize>(2 - point), out, count);
    memory.fill(out, 48, 2 - point);
    store<u8>(out, 46, 1);
    return count + 2 - point;
  }
  let bytes = count;
  if (count > 1) {
    memory.copy(out + 2, out + 1, count - 1);
    store<u8>(out, 46, 1);
    bytes++;
  }
  const power = point - 1;
  store<u8>(out + <usize>bytes, 101);
  store<u8>(out + <usize>bytes, power < 0 ? 45 : 43, 1);
  return bytes + 2 + writeDigits(<u64>abs(power), out + <usize>bytes + 2);
}

/** Writes an integer and returns its bytes; eight bytes more than these may be written. */
export function writeDigits(value: u64, out: usize): i32 {
  if (value < 100_000_000) {
    const digits = eightDigits(<u32>value);
    const zeros = value ? ctz(digits) & ~7 : 56;
    store<u64>(out, (digits | ASCII_ZEROS) >> zeros);
    return 8 - (<i32>zeros >> 3);
  }
  const high = value / 100_000_000;
  const bytes = writeDigits(high, out);
  store<u64>(out + <usize>bytes, eightDigits(<u32>(value - high * 100_000_000)) | ASCII_ZEROS);
  return bytes + 8;
}

/** The digits of a number below 10^8, one a byte, the first one lowest: halves of four digits, of two, of one, all halves at once. */
function eightDigits(value: u32): u64 {
  const high = value / 10_000;
  const fours = <u64>high | (<u64>(value - high * 10_000) << 32);
  const hundreds = ((fours * 5243) >> 19) & 0x0000007f0000007f;
  const twos = hundreds | ((fours - hundreds * 100) << 16);
  const tens = ((twos * 103) >> 10) & 0x000f000f000f000f;
  return tens | ((twos - tens * 10) << 8);
}

/** Writes the digits of a positive, finite double at `out`, perhaps with zeros behind them, and returns the power of ten that they are multiplied by. */
function shortest(bits: u64, powersPtr: usize, out: usize): i32 {
  const biased = <i64>(bits >> 52);
  const fraction = bits & MANTISSA;
  const mantissa = biased ? fraction | (MANTISSA + 1) : fraction;
  const q = (biased ? biased : 1) - 1075;
  // Below a power of two the doubles are closer together.
  const isCloser = fraction == 0 && biased > 1;
  // The power of ten not above the distance to the neighbours: 1262611 / 2^22 is log10(2), 524031 / 2^22 is log10(4/3).
  const k = (q * 1262611 - (isCloser ? 524031 : 0)) >> 22;
  // 1741647 / 2^19 is log2(10).
  const shift = q + ((-k * 1741647) >> 19) + 1;
  const power = powersPtr + <usize>(-k - POWER_MIN) * POWER_BYTES;
  const more = <u64>(-k > POWER_EXACT);
  const low = load<u64>(power) + more;
  const high = load<u64>(power, 8) + <u64>(low < more);
  const middle = mantissa << 2;
  const isOdd = mantissa & 1;
  const lower = scaled(high, low, (middle - 2 + <u64>isCloser) << shift) + isOdd;
  const value = scaled(high, low, middle << shift);
  const upper = scaled(high, low, (middle + 2) << shift) - isOdd;
  const digits = value >> 2;
  if (digits >= 10) {
    const fewer = digits / 10;
    const isBelow = lower <= fewer * 40;
    const isAbove = fewer * 40 + 40 <= upper;
    if (isBelow != isAbove) {
      store<u64>(out, fewer + <u64>isAbove);
      return <i32>k + 1;
    }
  }
  const isBelow = lower <= digits << 2;
  const isAbove = (digits << 2) + 4 <= upper;
  const half = (digits << 2) + 2;
  const isRoundedUp = isBelow != isAbove ? isAbove : value > half || (value == half && (digits & 1) != 0);
  store<u64>(out, digits + <u64>isRoundedUp);
  return <i32>k;
}

/** The upper 64 bits of a product of 128 by 64 bits, the last one set where anything below is. */
function scaled(high: u64, low: u64, factor: u64): u64 {
  const carried = multiplyHigh(low, factor);
  const sum = high * factor + carried;
  return (multiplyHigh(high, factor) + <u64>(sum < carried)) | <u64>(sum > 1);
}
