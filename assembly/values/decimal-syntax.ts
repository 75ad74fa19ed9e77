/** The grammar of decimals, for those whose value nobody wants. */
import { digitCount } from "./number-parse";

/** Whether the text from `ptr` to `end` is a decimal without sign: digits with a point among, before or behind them, then perhaps an exponent. */
export function isDecimal(ptr: usize, end: usize): bool {
  let p = digitsEnd(ptr, end);
  let count = p - ptr;
  if (p < end && load<u8>(p) == 46) {
    const point = p;
    p = digitsEnd(p + 1, end);
    count += p - point - 1;
  }
  if (!count) return false;
  if (p == end) return true;
  if ((load<u8>(p) | 32) != 101) return false;
  if (++p < end && (load<u8>(p) == 43 || load<u8>(p) == 45)) p++;
  return p < end && digitsEnd(p, end) == end;
}

function digitsEnd(ptr: usize, end: usize): usize {
  let p = ptr;
  for (;;) {
    const count = digitCount(p, end);
    p += count;
    if (count < 16) break;
  }
  return p;
}
