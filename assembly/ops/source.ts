/** Sources of a program's rows: lines of text, columns of a frame. */
import {
  BLOCK_ROWS,
  COLUMN_ANY,
  COLUMN_BOOLEAN,
  COLUMN_BYTES,
  COLUMN_F64,
  COLUMN_I64,
  COLUMN_LIST,
  PROGRAM_SOURCE_END,
  PROGRAM_SOURCE_NEXT,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_BYTES,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
  TAG_UNDEFINED,
  VECTOR_ROWS,
  VECTOR_TAGS,
} from "../abi";
import { dataOf, INS_DST, INS_IMM, payloads, slice } from "../vector";

/** The next lines of clean text, into register dst. */
export function fillFromLines(state: usize, ins: usize): i32 {
  const end = <usize>load<u32>(state, PROGRAM_SOURCE_END);
  let start = <usize>load<u32>(state, PROGRAM_SOURCE_NEXT);
  const first = payloads(state, load<i32>(ins, INS_DST));
  const last = first + (<usize>VECTOR_ROWS << 3);
  let out = first;
  for (let p = start; p < end && out < last; p += 64) {
    let ends = lineEnds(p, end);
    while (ends) {
      const at = p + <usize>ctz(ends);
      store<u64>(out, slice(start, <u32>(at - start)));
      out += 8;
      start = at + 1;
      if (out == last) break;
      ends &= ends - 1;
    }
  }
  store<u32>(state, <u32>start, PROGRAM_SOURCE_NEXT);
  const rows = <i32>((out - first) >> 3);
  memory.fill(first + VECTOR_TAGS, <u8>TAG_STRING, rows);
  return rows;
}

/** Line ends in the 64 bytes from `p` on, a bit a byte. Reads to the end of the 16 bytes in which `end` lies at most. */
// @ts-ignore: decorator
@inline function lineEnds(p: usize, end: usize): u64 {
  if (p + 64 > end) {
    let ends: u64 = 0;
    for (let at = p; at < end; at += 16) ends |= <u64>lineEnds16(at) << (at - p);
    return ends & ((<u64>1 << (end - p)) - 1);
  }
  if (ASC_FEATURE_SIMD) {
    const low = v128.or(lineEndsAt(p), lineEndsAt(p + 16));
    if (!v128.any_true(v128.or(low, v128.or(lineEndsAt(p + 32), lineEndsAt(p + 48))))) return 0;
  }
  const low = <u64>lineEnds16(p) | (<u64>lineEnds16(p + 16) << 16);
  return low | (<u64>lineEnds16(p + 32) << 32) | (<u64>lineEnds16(p + 48) << 48);
}

// @ts-ignore: decorator
@inline function lineEndsAt(p: usize): v128 {
  return i8x16.eq(v128.load(p), i8x16.splat(10));
}

// @ts-ignore: decorator
@inline function lineEnds16(p: usize): u32 {
  if (ASC_FEATURE_SIMD) return <u32>i8x16.bitmask(lineEndsAt(p));
  let mask: u32 = 0;
  for (let i: u32 = 0; i < 16; i++) mask |= <u32>(load<u8>(p + i) == 10) << i;
  return mask;
}

const DIRECTORY: usize = 64;
const DIRECTORY_ENTRY_BYTES: usize = 32;

/** The next rows of the frame at `PROGRAM_SOURCE_END`: the imm columns that the data list, into registers from dst on. */
export function fillFromFrame(state: usize, ins: usize): i32 {
  const frame = <usize>load<u32>(state, PROGRAM_SOURCE_END);
  const from = load<i32>(state, PROGRAM_SOURCE_NEXT);
  const left = load<i32>(frame, BLOCK_ROWS) - from;
  const rows = left < VECTOR_ROWS ? left : VECTOR_ROWS;
  const count = load<i32>(ins, INS_IMM);
  const dst = load<i32>(ins, INS_DST);
  const list = dataOf(state, ins);
  for (let i: i32 = 0; i < count; i++) {
    const column = frame + DIRECTORY + <usize>load<u32>(list + (<usize>i << 2)) * DIRECTORY_ENTRY_BYTES;
    fillColumn(frame, column, payloads(state, dst + i), from, rows);
  }
  store<i32>(state, from + rows, PROGRAM_SOURCE_NEXT);
  return rows;
}

/** `rows` values of a column from `from` on into the vector at `out`. */
export function fillColumn(frame: usize, column: usize, out: usize, from: i32, rows: i32): void {
  const kind = load<i32>(column);
  const a = frame + <usize>load<u32>(column, 4);
  const b = frame + <usize>load<u32>(column, 12);
  const tags = out + VECTOR_TAGS;
  if (kind == COLUMN_F64 || kind == COLUMN_I64) {
    memory.copy(out, a + (<usize>from << 3), <usize>rows << 3);
    memory.fill(tags, <u8>(kind == COLUMN_F64 ? TAG_NUMBER : TAG_BIGINT), rows);
  } else if (kind == COLUMN_BOOLEAN) {
    for (let row: i32 = 0; row < rows; row++) store<u64>(out + (<usize>row << 3), <u64>load<u8>(a + <usize>(from + row)));
    memory.fill(tags, <u8>TAG_BOOLEAN, rows);
  } else if (kind == COLUMN_ANY) {
    const c = frame + <usize>load<u32>(column, 20);
    memory.copy(tags, c + <usize>from, rows);
    for (let row: i32 = 0; row < rows; row++) {
      const payload = load<u64>(a + (<usize>(from + row) << 3));
      const tag = load<u8>(tags + <usize>row);
      const isText = tag == TAG_STRING || tag == TAG_JSON;
      // A string is an offset and a length in a frame, an address and a length in a vector.
      store<u64>(out + (<usize>row << 3), isText ? payload + <u64>b : payload);
    }
  } else {
    // A list is where its elements are among all of its column: the first one, and how many.
    const base = kind == COLUMN_LIST ? 0 : b;
    let begin = load<u32>(a + (<usize>from << 2));
    for (let row: i32 = 0; row < rows; row++) {
      const end = load<u32>(a + (<usize>(from + row) << 2), 4);
      store<u64>(out + (<usize>row << 3), slice(base + <usize>begin, end - begin));
      begin = end;
    }
    const tag = kind == COLUMN_BYTES ? TAG_BYTES : kind == COLUMN_LIST ? TAG_UNDEFINED : TAG_STRING;
    memory.fill(tags, <u8>tag, rows);
  }
}
