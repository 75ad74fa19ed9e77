/** Whole numbers in decimal text that may have zeros in front, exactly. */
import { digitCount, digitValue, power10 } from "./number-parse";

/** Digits that are read at once. */
const CHUNK: usize = 16;
/** Digits behind a chunk of what a signed integer of 64 bits holds. */
const REST_MAX: usize = 3;

/** Writes the number that the digits from `ptr` to `end` are; false where something else stands there, or 20 digits and more count. */
export function wholeNumber(ptr: usize, end: usize, outPtr: usize): bool {
  let p = ptr;
  while (end - p > CHUNK && load<u8>(p) == 48) p++;
  let count = digitCount(p, end);
  if (!count) return false;
  let value = digitValue(p, count);
  p += count;
  if (p < end) {
    const rest = end - p;
    if (count < <i32>CHUNK || rest > REST_MAX) return false;
    count = digitCount(p, end);
    if (<usize>count != rest) return false;
    value = value * power10(count) + digitValue(p, count);
  }
  store<u64>(outPtr, value);
  return true;
}
