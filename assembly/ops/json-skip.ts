/** Values that nobody reads: their syntax is checked all the same, without recursion. */
import { skipSpace, stringClose, stringStop, wordLength } from "../values/json-scan";
import { digitCount, PARSE_NOT_A_NUMBER, parseDecimal } from "../values/number-parse";
import { END, fail, growStack, NUMBER, NUMBER_END, POWERS, STACK, STACK_WORDS } from "./json-table";

const OBJECT: u64 = 1;

/** Address behind the value at `p`, which is in front of the end; 0 where reading stops. */
export function skipValue(t: usize, p: usize): usize {
  const end = <usize>load<u32>(t, END);
  // Kinds of the open brackets, the innermost in the lowest bit; each 64 around them are a word on the stack.
  let kinds: u64 = 0;
  let depth: u32 = 0;
  while (true) {
    const byte = load<u8>(p);
    if (byte == 123 || byte == 91) {
      if (depth && !(depth & 63)) {
        const word = (depth >> 6) - 1;
        if (word >= load<u32>(t, STACK_WORDS) && !growStack(t)) return 0;
        store<u64>(<usize>load<u32>(t, STACK) + (<usize>word << 3), kinds);
      }
      depth++;
      kinds = (kinds << 1) | <u64>(byte == 123);
      p = skipSpace(p + 1, end);
      if (p >= end) return fail(t, p);
      // "]" and "}" are two behind "[" and "{".
      if (load<u8>(p) != byte + 2) {
        if (byte == 123) {
          p = skipKey(t, p, end);
          if (!p) return 0;
        }
        continue;
      }
    } else {
      p = skipScalar(t, p, end);
      if (!p) return 0;
      if (!depth) return p;
      p = skipSpace(p, end);
      if (p >= end) return fail(t, p);
    }
    // At what follows a value, or at the end of an empty one.
    while (load<u8>(p) == (kinds & OBJECT ? 125 : 93)) {
      p++;
      depth--;
      kinds >>= 1;
      if (!depth) return p;
      if (!(depth & 63)) kinds = load<u64>(<usize>load<u32>(t, STACK) + (<usize>((depth >> 6) - 1) << 3));
      p = skipSpace(p, end);
      if (p >= end) return fail(t, p);
    }
    if (load<u8>(p) != 44) return fail(t, p);
    p = skipSpace(p + 1, end);
    if (p >= end) return fail(t, p);
    if (kinds & OBJECT) {
      p = skipKey(t, p, end);
      if (!p) return 0;
    }
  }
}

/** Address of the value behind the key at `p`; 0 where reading stops. */
function skipKey(t: usize, p: usize, end: usize): usize {
  if (load<u8>(p) != 34) return fail(t, p);
  p = skipString(t, p, end);
  return p ? valueBehindKey(t, p, end) : 0;
}

/** Address of the value whose key ends in front of `p`; 0 where reading stops. */
// @ts-ignore: decorator
@inline export function valueBehindKey(t: usize, p: usize, end: usize): usize {
  p = skipSpace(p, end);
  if (p >= end || load<u8>(p) != 58) return fail(t, p);
  p = skipSpace(p + 1, end);
  return p < end ? p : fail(t, p);
}

/** Address behind the string whose quote is at `p`; 0 where reading stops. */
// @ts-ignore: decorator
@inline export function skipString(t: usize, p: usize, end: usize): usize {
  let close = stringStop(p + 1, end);
  if (close < end && load<u8>(close) == 34) return close + 1;
  close = stringClose(close, end);
  return close < end && load<u8>(close) == 34 ? close + 1 : fail(t, close);
}

function skipScalar(t: usize, p: usize, end: usize): usize {
  const byte = load<u8>(p);
  if (byte == 34) return skipString(t, p, end);
  if (byte == 45 || <u32>byte - 48 <= 9) return skipNumber(t, p, end);
  const length = wordLength(p, end);
  return length ? p + length : fail(t, p);
}

/** Address behind the number at `p`; 0 where reading stops. */
// @ts-ignore: decorator
@inline export function skipNumber(t: usize, p: usize, end: usize): usize {
  const count = digitCount(p, end);
  const next = p + <usize>count;
  if (count > 0 && count < 16 && isIntegerEnd(p, next, end)) return next;
  return skipAnyNumber(t, p, end);
}

function skipAnyNumber(t: usize, p: usize, end: usize): usize {
  if (parseDecimal(p, end, load<u32>(t, POWERS), t + NUMBER) == PARSE_NOT_A_NUMBER) return fail(t, p);
  return load<u32>(t, NUMBER_END);
}

/** Whether the digits from `p` to `next` are a whole number of JSON. */
// @ts-ignore: decorator
@inline export function isIntegerEnd(p: usize, next: usize, end: usize): bool {
  if (load<u8>(p) == 48 && next - p > 1) return false;
  if (next >= end) return true;
  const byte = load<u8>(next);
  return byte != 46 && (byte | 32) != 101;
}
