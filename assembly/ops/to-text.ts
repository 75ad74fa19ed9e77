/** Strings made of values, and of two strings. What is hard goes to the host row by row. */
import {
  NEED_ARENA,
  NEED_ASSIST,
  NEED_BAIL,
  PROGRAM_POWERS,
  TAG_BIGINT,
  TAG_JSON,
  TAG_NULL,
  TAG_NUMBER,
  TAG_STRING,
  TAG_UNDEFINED,
  VECTOR_TAGS,
} from "../abi";
import { NUMBER_TEXT_ROOM, numberToText } from "../values/number-format";
import { textConcat } from "../values/text-make";
import {
  allocate,
  assist,
  assistNone,
  bytesOf,
  INS_A,
  INS_B,
  INS_DST,
  keep,
  payloadAt,
  payloads,
  ptrOf,
  slice,
} from "../vector";

const NULL_TEXT: u32 = 0x6c6c756e;
const TRUE_TEXT: u32 = 0x65757274;
const FALSE_TEXT: u64 = 0x65736c6166;
const UNDEFINED_TEXT: u64 = 0x6e696665646e75;

/** `String(value)`. */
export function toText(state: usize, ins: usize, rows: i32): i32 {
  assistNone(state);
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const condition = load<i32>(ins, INS_B);
  const powers = <usize>load<u32>(state, PROGRAM_POWERS);
  let hard = false;
  for (let row: i32 = 0; row < rows; row++) {
    const value = payloadAt(a, row);
    const tag = <i32>load<u8>(a + VECTOR_TAGS + <usize>row);
    let text: u64 = 0;
    if (tag == TAG_STRING) text = value;
    else if (tag == TAG_JSON) {
      if (condition < 0 || load<u64>(payloads(state, condition) + (<usize>row << 3))) return NEED_BAIL;
    } else if (tag == TAG_BIGINT) {
      assist(state, row);
      hard = true;
    } else {
      const ptr = allocate(state, NUMBER_TEXT_ROOM);
      if (!ptr) return NEED_ARENA;
      let bytes: i32;
      if (tag == TAG_NUMBER) {
        bytes = numberToText(reinterpret<f64>(value), powers, ptr);
        if (!bytes) {
          assist(state, row);
          hard = true;
        }
      } else bytes = wordFor(tag, value, ptr);
      text = slice(ptr, bytes);
      keep(state, ptr, text);
    }
    store<u64>(dst + (<usize>row << 3), text);
  }
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_STRING, rows);
  return hard ? NEED_ASSIST : 0;
}

function wordFor(tag: i32, value: u64, ptr: usize): i32 {
  if (tag == TAG_NULL) {
    store<u32>(ptr, NULL_TEXT);
    return 4;
  }
  if (tag == TAG_UNDEFINED) {
    store<u64>(ptr, UNDEFINED_TEXT | (<u64>0x65 << 56));
    store<u8>(ptr, 0x64, 8);
    return 9;
  }
  if (value) {
    store<u32>(ptr, TRUE_TEXT);
    return 4;
  }
  store<u64>(ptr, FALSE_TEXT);
  return 5;
}

export function concat(state: usize, ins: usize, rows: i32): i32 {
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const b = payloads(state, load<i32>(ins, INS_B));
  for (let row: i32 = 0; row < rows; row++) {
    const x = payloadAt(a, row);
    const y = payloadAt(b, row);
    const ptr = allocate(state, bytesOf(x) + bytesOf(y));
    if (!ptr) return NEED_ARENA;
    const text = textConcat(ptrOf(x), bytesOf(x), ptrOf(y), bytesOf(y), ptr);
    keep(state, ptr, text);
    store<u64>(dst + (<usize>row << 3), text);
  }
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_STRING, rows);
  return 0;
}
