/** Text that most numbers are: few digits, perhaps a point among them or a minus in front. What is anything else is left to the complete parsers. */
import { digitCount, digitValue, power10 } from "./number-parse";

const POINT: u8 = 46;
const MINUS: u8 = 45;

/** The number of a text of up to 16 digits, perhaps with a point among them or a minus in front; NaN where it is another text. */
// @ts-ignore: decorator
@inline export function plainNumber(ptr: usize, bytes: u32): f64 {
  if (bytes - 1 > 15) return NaN;
  const count = <u32>digitCount(ptr, ptr + bytes);
  if (count == bytes) return <f64>digitValue(ptr, bytes);
  const byte = load<u8>(ptr + count);
  const rest = ptr + count + 1;
  const restBytes = bytes - count - 1;
  if (!restBytes || <u32>digitCount(rest, ptr + bytes) != restBytes) return NaN;
  const value = digitValue(rest, restBytes);
  if (byte == MINUS && count == 0) return -(<f64>value);
  // 15 digits and the power of ten are doubles: their quotient is rounded right.
  if (byte != POINT || count == 0) return NaN;
  const power = power10(restBytes);
  return <f64>(digitValue(ptr, count) * power + value) / <f64>power;
}
