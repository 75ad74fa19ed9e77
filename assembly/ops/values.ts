/** Operations on values of any tag. */
import {
  NEED_BAIL,
  TAG_BOOLEAN,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
  VECTOR_TAGS,
} from "../abi";
import { sameString } from "../values/text-same";
import { EQUAL_NUMBERS, EQUAL_TEXTS } from "./codes";
import { INS_A, INS_B, INS_C, INS_DST, INS_IMM, payloads } from "../vector";

export function guard(state: usize, ins: usize, rows: i32): i32 {
  const condition = load<i32>(ins, INS_A);
  const ok = payloads(state, load<i32>(ins, INS_B));
  const bytes = <usize>rows << 3;
  let failed: u64 = 0;
  if (condition < 0) {
    for (let i: usize = 0; i < bytes; i += 8) failed |= load<u64>(ok + i) ^ 1;
  } else {
    const wanted = payloads(state, condition);
    for (let i: usize = 0; i < bytes; i += 8) failed |= load<u64>(wanted + i) & (load<u64>(ok + i) ^ 1);
  }
  return failed ? NEED_BAIL : 0;
}

export function select(state: usize, ins: usize, rows: i32): i32 {
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const test = payloads(state, load<i32>(ins, INS_A));
  const b = payloads(state, load<i32>(ins, INS_B));
  const c = payloads(state, load<i32>(ins, INS_C));
  for (let row: i32 = 0; row < rows; row++) {
    const at = <usize>row << 3;
    const from = load<u8>(test + at) ? b : c;
    const tag = load<u8>(from + VECTOR_TAGS + <usize>row);
    store<u64>(dst + at, load<u64>(from + at));
    store<u8>(dst + VECTOR_TAGS + <usize>row, tag);
  }
  return 0;
}

export function both(state: usize, ins: usize, rows: i32): i32 {
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const b = payloads(state, load<i32>(ins, INS_B));
  const isOr = load<i32>(ins, INS_IMM) != 0;
  const bytes = <usize>rows << 3;
  if (ASC_FEATURE_SIMD) {
    // The last step may go one row too far, into a row that nobody reads.
    for (let i: usize = 0; i < bytes; i += 16) {
      const x = v128.load(a + i);
      const y = v128.load(b + i);
      v128.store(dst + i, isOr ? v128.or(x, y) : v128.and(x, y));
    }
  } else {
    for (let i: usize = 0; i < bytes; i += 8) {
      const x = load<u64>(a + i);
      const y = load<u64>(b + i);
      store<u64>(dst + i, isOr ? x | y : x & y);
    }
  }
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_BOOLEAN, rows);
  return 0;
}

export function hasTag(state: usize, ins: usize, rows: i32): i32 {
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const tags = payloads(state, load<i32>(ins, INS_A)) + VECTOR_TAGS;
  const set = <u32>load<i32>(ins, INS_IMM);
  for (let row: i32 = 0; row < rows; row++) {
    store<u64>(dst + (<usize>row << 3), <u64>((set >> load<u8>(tags + <usize>row)) & 1));
  }
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_BOOLEAN, rows);
  return 0;
}

export function truthy(state: usize, ins: usize, rows: i32): i32 {
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const not = <u64>load<i32>(ins, INS_IMM);
  for (let row: i32 = 0; row < rows; row++) {
    const at = <usize>row << 3;
    const tag = <i32>load<u8>(a + VECTOR_TAGS + <usize>row);
    store<u64>(dst + at, <u64>isTruthy(load<u64>(a + at), tag) ^ not);
  }
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_BOOLEAN, rows);
  return 0;
}

function isTruthy(value: u64, tag: i32): bool {
  if (tag == TAG_NUMBER) {
    const number = reinterpret<f64>(value);
    return number == number && number != 0;
  }
  if (tag == TAG_STRING) return value >> 32 != 0;
  // Payloads of undefined and null are 0.
  return tag == TAG_JSON || value != 0;
}

/** `===`; JSON texts are objects, equal to nothing but themselves: the program has to know better. */
export function equal(state: usize, ins: usize, rows: i32): i32 {
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const b = payloads(state, load<i32>(ins, INS_B));
  const imm = load<i32>(ins, INS_IMM);
  const not = <u64>(imm & 1);
  const bytes = <usize>rows << 3;
  if (imm & EQUAL_TEXTS) {
    for (let i: usize = 0; i < bytes; i += 8) store<u64>(dst + i, <u64>sameString(load<u64>(a + i), load<u64>(b + i)) ^ not);
  } else if (imm & EQUAL_NUMBERS) {
    for (let i: usize = 0; i < bytes; i += 8) store<u64>(dst + i, <u64>(load<f64>(a + i) == load<f64>(b + i)) ^ not);
  } else {
    for (let row: i32 = 0; row < rows; row++) {
      const at = <usize>row << 3;
      const tag = load<u8>(a + VECTOR_TAGS + <usize>row);
      const isSame = tag == load<u8>(b + VECTOR_TAGS + <usize>row) && isEqual(load<u64>(a + at), load<u64>(b + at), tag);
      store<u64>(dst + at, <u64>isSame ^ not);
    }
  }
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_BOOLEAN, rows);
  return 0;
}

function isEqual(a: u64, b: u64, tag: i32): bool {
  if (tag == TAG_NUMBER) return reinterpret<f64>(a) == reinterpret<f64>(b);
  if (tag == TAG_STRING) return sameString(a, b);
  return tag != TAG_JSON && a == b;
}
