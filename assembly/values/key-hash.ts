/** The partition hash of values: src/block/partition-hash.ts, to the bit. */
import { TAG_BIGINT, TAG_BOOLEAN, TAG_NULL, TAG_NUMBER, TAG_STRING } from "../abi";
import { murmur3 } from "../hash";

export const STRING_SEED: u32 = 0x6d696c6c;
export const NUMBER_SEED: u32 = 0x6d696c6d;
export const OTHER_SEED: u32 = 0x6d696c6e;

const CANONICAL_NAN: u64 = 0x7ff8000000000000;
/** Room that `keyHash` needs: a sign, 19 digits, two marks. */
export const KEY_HASH_SCRATCH_BYTES: usize = 32;

/** The hash of a key that is a string, number, boolean, bigint, null or undefined. */
export function keyHash(payload: u64, tag: u8, scratch: usize): u32 {
  if (tag == TAG_STRING) return murmur3(<usize>(<u32>payload), <u32>(payload >> 32), STRING_SEED);
  if (tag == TAG_NUMBER) {
    const value = reinterpret<f64>(payload);
    // -0 becomes 0.
    store<u64>(scratch, value == value ? reinterpret<u64>(value + 0.0) : CANONICAL_NAN);
    return murmur3(scratch, 8, NUMBER_SEED);
  }
  return murmur3(scratch, canonicalScalar(payload, tag, scratch), OTHER_SEED);
}

/** The hash of a composite key, given as its canonical string. */
// @ts-ignore: decorator
@inline export function canonicalHash(payload: u64): u32 {
  return murmur3(<usize>(<u32>payload), <u32>(payload >> 32), OTHER_SEED);
}

/** Writes the canonical string (src/block/key.ts) of a value that is neither string nor number; returns its bytes. */
export function canonicalScalar(payload: u64, tag: u8, scratch: usize): u32 {
  if (tag == TAG_BIGINT) return bigint(payload, scratch);
  // "z", "u", "t" and "f".
  store<u8>(scratch, tag == TAG_NULL ? 0x7a : tag != TAG_BOOLEAN ? 0x75 : payload ? 0x74 : 0x66);
  return 1;
}

/** Writes "i", the digits and ";". */
function bigint(payload: u64, scratch: usize): u32 {
  const isNegative = <i64>payload < 0;
  let rest: u64 = isNegative ? 0 - payload : payload;
  let digits: u32 = 1;
  for (let left = rest; left > 9; left /= 10) digits++;
  const first: u32 = isNegative ? 2 : 1;
  store<u8>(scratch, 0x69);
  if (isNegative) store<u8>(scratch, 0x2d, 1);
  for (let at = first + digits; at > first; at--) {
    store<u8>(scratch + at - 1, 0x30 + <u8>(rest % 10));
    rest /= 10;
  }
  store<u8>(scratch + first + digits, 0x3b);
  return first + digits + 1;
}
