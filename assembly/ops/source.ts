/** Sources of a program's rows: lines of text, columns of a frame. */
import {
  BLOCK_ROWS,
  COLUMN_ANY,
  COLUMN_BOOLEAN,
  COLUMN_F64,
  COLUMN_I64,
  PROGRAM_SOURCE_END,
  PROGRAM_SOURCE_NEXT,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
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
  for (let p = start; p < end && out < last; p += 16) {
    let ends = lineEnds(p);
    if (p + 16 > end) ends &= (1 << <i32>(end - p)) - 1;
    while (ends) {
      const at = p + ctz(ends);
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

// @ts-ignore: decorator
@inline function lineEnds(p: usize): i32 {
  if (ASC_FEATURE_SIMD) return i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(10)));
  let mask: i32 = 0;
  for (let i: i32 = 0; i < 16; i++) mask |= <i32>(load<u8>(p + i) == 10) << i;
  return mask;
}

const DIRECTORY: usize = 64;
const COLUMN_BYTES: usize = 32;

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
    const column = frame + DIRECTORY + <usize>load<u32>(list + (<usize>i << 2)) * COLUMN_BYTES;
    fillColumn(frame, column, payloads(state, dst + i), from, rows);
  }
  store<i32>(state, from + rows, PROGRAM_SOURCE_NEXT);
  return rows;
}

function fillColumn(frame: usize, column: usize, out: usize, from: i32, rows: i32): void {
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
    let begin = load<u32>(a + (<usize>from << 2));
    for (let row: i32 = 0; row < rows; row++) {
      const end = load<u32>(a + (<usize>(from + row) << 2), 4);
      store<u64>(out + (<usize>row << 3), slice(b + <usize>begin, end - begin));
      begin = end;
    }
    memory.fill(tags, <u8>TAG_STRING, rows);
  }
}
