/** 64 bits of hash of a value: `keyWords` of src/block/partition-hash.ts, to the bit. The first word is the high half. */
import { TAG_NUMBER, TAG_STRING } from "../abi";
import { finished, scramble } from "../hash";
import { canonicalBits } from "../group/keys";
import { PARAMETER_CANONICAL, PARAMETER_HASH } from "./layout";
import { canonicalScalar, NUMBER_SEED, OTHER_SEED, STRING_SEED } from "../values/key-hash";

/** What the second word's seed differs by. */
const SECOND_WORD: u32 = 0x9e3779b9;

/** Of a value that is neither an object nor bytes, for a sketch of these parameters. */
// @ts-ignore: decorator
@inline export function valueWords(payload: u64, tag: u8, parameters: usize): u64 {
  if (tag != TAG_STRING) return otherWords(payload, tag, parameters + PARAMETER_HASH);
  const seed = load<u32>(parameters, PARAMETER_CANONICAL) ? OTHER_SEED : STRING_SEED;
  return textWords(<usize>(<u32>payload), <u32>(payload >> 32), seed);
}

function otherWords(payload: u64, tag: u8, scratch: usize): u64 {
  if (tag != TAG_NUMBER) return textWords(scratch, canonicalScalar(payload, tag, scratch), OTHER_SEED);
  store<u64>(scratch, canonicalBits(payload));
  return textWords(scratch, 8, NUMBER_SEED);
}

/** Both words in one pass: the text is scrambled in the same way for either seed. */
function textWords(ptr: usize, length: u32, seed: u32): u64 {
  let a = seed;
  let b = seed ^ SECOND_WORD;
  const tail = ptr + (length & ~3);
  for (let p = ptr; p < tail; p += 4) {
    const k = scramble(load<u32>(p));
    a = rotl<u32>(a ^ k, 13) * 5 + 0xe6546b64;
    b = rotl<u32>(b ^ k, 13) * 5 + 0xe6546b64;
  }
  const rest = (length & 3) << 3;
  // Scrambled, 0 stays 0.
  const k = scramble(load<u32>(tail) & ((1 << rest) - 1));
  return (<u64>finished(a ^ k ^ length) << 32) | finished(b ^ k ^ length);
}
