/**
 * Values as keys of an order, as `src/operators/sort.ts` has it: JavaScript's `<`, what is undefined or NaN last. Numbers, booleans and null are compared as
 * numbers; texts with texts, bigints with bigints. A mixture of these has no order that is the same whatever is compared first, so it is JavaScript's.
 */
import {
  ORDER_BY_DIFFERENCE,
  ORDER_BY_VALUE,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_NULL,
  TAG_NUMBER,
  TAG_STRING,
  TAG_UNDEFINED,
} from "../abi";

// What values can be compared with.
/** Nothing is known yet, or the value comes last. */
export const LAST: i32 = 0;
export const NUMERIC: i32 = 1;
export const TEXT: i32 = 2;
export const INTEGER: i32 = 3;
export const UNORDERED: i32 = 4;

const SIGN: u64 = 0x8000000000000000;

/** What a value can be compared with. `rule`: one of `ORDER_BY_*`. */
export function orderClass(payload: u64, tag: u8, rule: u32): i32 {
  const last = rule == ORDER_BY_VALUE ? LAST : UNORDERED;
  if (tag == TAG_NUMBER) {
    const number = reinterpret<f64>(payload);
    return number == number ? NUMERIC : last;
  }
  if (tag == TAG_BOOLEAN || tag == TAG_NULL) return NUMERIC;
  if (tag == TAG_UNDEFINED) return last;
  if (rule == ORDER_BY_DIFFERENCE) return UNORDERED;
  return tag == TAG_STRING ? TEXT : tag == TAG_BIGINT ? INTEGER : UNORDERED;
}

/** What two classes make together: one of them where they can be compared. */
export function together(a: i32, b: i32): i32 {
  return a == b || b == LAST ? a : a == LAST ? b : UNORDERED;
}

/** Bits that have the order of numbers or of bigints, -0 as 0; `flip` all ones where it descends. */
export function rank(payload: u64, tag: u8, flip: u64): u64 {
  if (tag == TAG_BIGINT) return payload ^ SIGN ^ flip;
  const number = tag == TAG_NUMBER ? reinterpret<f64>(payload) + 0.0 : <f64>payload;
  const bits = reinterpret<u64>(number);
  return bits ^ (<u64>(<i64>bits >> 63) | SIGN) ^ flip;
}

/** Bytes from here on begin half of a pair or what comes behind pairs in the order of units. */
const UNORDERED_BYTE: u64 = 0xed;
const HIGH_BITS: u64 = 0x8080808080808080;

/**
 * Eight bytes of a text from `depth` on as bits that have the order of its units, zeros behind its end; from the first byte on that may not have the order
 * of units, `UNORDERED_BYTE` and zeros.
 */
export function textRank(text: u64, depth: u32): u64 {
  const length = <u32>(text >> 32);
  if (length <= depth) return 0;
  let word = bswap<u64>(load<u64>(<usize>(<u32>text) + depth));
  const left = length - depth;
  if (left < 8) word &= <u64>-1 << ((8 - <u64>left) << 3);
  return word & HIGH_BITS ? cut(word) : word;
}

function cut(word: u64): u64 {
  for (let i: u64 = 0; i < 64; i += 8) {
    const shift = 56 - i;
    if (((word >> shift) & 0xff) >= UNORDERED_BYTE) return (((word >> shift) & ~0xff) | UNORDERED_BYTE) << shift;
  }
  return word;
}

/** Whether `textRank` met such a byte: it is the last one that is not zero. */
export function isCut(word: u64): bool {
  return word != 0 && ((word >> (ctz(word) & 56)) & 0xff) == UNORDERED_BYTE;
}
