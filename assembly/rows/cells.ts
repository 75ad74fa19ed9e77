/** Values in frames (block.ts), read one at a time, compared and hashed as keys: -0 is 0, every NaN is one, kinds never equal one another. */
import {
  COLUMN_ANY,
  COLUMN_BOOLEAN,
  COLUMN_F64,
  COLUMN_I64,
  COLUMN_UTF8,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
} from "../abi";
import { bufferA, bufferB, bufferC, kindOf } from "../block";
import { foldLong, probe } from "../hash";
import { slice } from "../vector";

const CANONICAL_NAN: u64 = 0x7ff8000000000000;

/** The tag of a value of a column, given the address of the column in the directory. */
// @ts-ignore: decorator
@inline export function cellTag(frame: usize, column: usize, row: u32): u8 {
  const kind = kindOf(column);
  if (kind == COLUMN_UTF8) return <u8>TAG_STRING;
  if (kind == COLUMN_F64) return <u8>TAG_NUMBER;
  return otherTag(frame, column, row, kind);
}

function otherTag(frame: usize, column: usize, row: u32, kind: u32): u8 {
  if (kind == COLUMN_BOOLEAN) return <u8>TAG_BOOLEAN;
  return kind == COLUMN_I64 ? <u8>TAG_BIGINT : load<u8>(bufferC(frame, column) + row);
}

/** The payload of a value of a column, as in a vector. */
// @ts-ignore: decorator
@inline export function cellPayload(frame: usize, column: usize, row: u32): u64 {
  const kind = kindOf(column);
  const a = bufferA(frame, column);
  if (kind == COLUMN_UTF8) {
    const begin = load<u32>(a + (<usize>row << 2));
    return slice(bufferB(frame, column) + begin, load<u32>(a + (<usize>row << 2), 4) - begin);
  }
  if (kind == COLUMN_BOOLEAN) return <u64>load<u8>(a + row);
  const payload = load<u64>(a + (<usize>row << 3));
  if (kind != COLUMN_ANY) return payload;
  const tag = load<u8>(bufferC(frame, column) + row);
  return tag == TAG_STRING || tag == TAG_JSON ? payload + <u64>bufferB(frame, column) : payload;
}

/** The bits by which a value that is no string is compared. */
// @ts-ignore: decorator
@inline export function keyBits(payload: u64, tag: u8): u64 {
  if (tag != TAG_NUMBER) return payload;
  const value = reinterpret<f64>(payload);
  return value == value ? reinterpret<u64>(value + 0.0) : CANONICAL_NAN;
}

/** The hash of a key, of which only the top bits may be used; a, b and c are secret multipliers (hash.ts). */
export function keyProbe(payload: u64, tag: u8, a: u64, b: u64, c: u64): u64 {
  if (tag != TAG_STRING) return probe(keyBits(payload, tag), 0, <u32>tag << 28, a, b);
  const text = <usize>(<u32>payload);
  const length = <u32>(payload >> 32);
  if (length > 16) return probe(foldLong(text, length, c), load<u64>(text + length - 8), length, a, b);
  if (length > 8) return probe(load<u64>(text), firstBytes(load<u64>(text, 8), length - 8), length, a, b);
  return probe(firstBytes(load<u64>(text), length), 0, length, a, b);
}

export function areSameKeys(payload: u64, tag: u8, otherPayload: u64, otherTag: u8): bool {
  if (tag != otherTag) return false;
  if (tag != TAG_STRING) return keyBits(payload, tag) == keyBits(otherPayload, otherTag);
  const length = <u32>(payload >> 32);
  if (length != <u32>(otherPayload >> 32)) return false;
  return areSameBytes(<usize>(<u32>payload), <usize>(<u32>otherPayload), length);
}

/** Eight bytes at a time: text can be read past its end. */
function areSameBytes(text: usize, other: usize, length: u32): bool {
  let at: u32 = 0;
  for (; at + 8 <= length; at += 8) if (load<u64>(text + at) != load<u64>(other + at)) return false;
  return firstBytes(load<u64>(text + at) ^ load<u64>(other + at), length - at) == 0;
}

/** The first `count` (0 to 8) bytes of `word`, zeros behind them. */
// @ts-ignore: decorator
@inline function firstBytes(word: u64, count: u32): u64 {
  return count ? word & (<u64>-1 >> ((8 - <u64>count) << 3)) : 0;
}
