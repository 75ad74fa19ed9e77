/** Numbers made of values. Texts that are hard to read go to the host row by row. */
import {
  NEED_ASSIST,
  NEED_BAIL,
  PROGRAM_POWERS,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_JSON,
  TAG_NULL,
  TAG_NUMBER,
  TAG_STRING,
  VECTOR_TAGS,
} from "../abi";
import { textToFloat, textToInteger, textToNumber } from "../values/number-convert";
import { PARSE_EXACT, PARSE_HARD } from "../values/number-parse";
import { plainNumber } from "../values/plain-number";
import { assist, assistNone, INS_A, INS_B, INS_DST, INS_IMM, payloads } from "../vector";

/** `Number(value)`; texts that the kernel cannot read exactly go to the host, objects and bigints bail where condition b holds. */
export function toNumber(state: usize, ins: usize, rows: i32): i32 {
  assistNone(state);
  const out = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const condition = load<i32>(ins, INS_B);
  const powers = <usize>load<u32>(state, PROGRAM_POWERS);
  const scratch = out + VECTOR_TAGS;
  let hard = false;
  for (let row: i32 = 0; row < rows; row++) {
    const at = <usize>row << 3;
    const value = load<u64>(a + at);
    const tag = <i32>load<u8>(a + VECTOR_TAGS + <usize>row);
    if (tag == TAG_NUMBER) store<u64>(out + at, value);
    else if (tag == TAG_STRING) {
      const plain = plainNumber(<usize>(<u32>value), <u32>(value >> 32));
      if (plain == plain) {
        store<f64>(out + at, plain);
        continue;
      }
      // The tags of the result are written last: until then there is room for what a parser returns.
      const status = textToNumber(<usize>(<u32>value), <u32>(value >> 32), powers, scratch);
      store<f64>(out + at, load<f64>(scratch));
      if (status == PARSE_HARD) {
        assist(state, row);
        hard = true;
      }
    } else if (tag == TAG_JSON || tag == TAG_BIGINT) {
      if (condition < 0 || load<u64>(payloads(state, condition) + at)) return NEED_BAIL;
      store<f64>(out + at, NaN);
    } else store<f64>(out + at, tag == TAG_BOOLEAN ? <f64>value : tag == TAG_NULL ? 0 : NaN);
  }
  memory.fill(out + VECTOR_TAGS, <u8>TAG_NUMBER, rows);
  return hard ? NEED_ASSIST : 0;
}

/** `parseInt(text, imm)`, or `parseFloat(text)` where imm is below zero, of strings. */
export function parseNumber(state: usize, ins: usize, rows: i32): i32 {
  assistNone(state);
  const out = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const radix = load<i32>(ins, INS_IMM);
  const powers = <usize>load<u32>(state, PROGRAM_POWERS);
  const scratch = out + VECTOR_TAGS;
  let hard = false;
  for (let row: i32 = 0; row < rows; row++) {
    const value = load<u64>(a + (<usize>row << 3));
    const ptr = <usize>(<u32>value);
    const bytes = <u32>(value >> 32);
    if (radix < 0) {
      const plain = plainNumber(ptr, bytes);
      if (plain == plain) {
        store<f64>(out + (<usize>row << 3), plain);
        continue;
      }
    }
    const status = radix < 0 ? textToFloat(ptr, bytes, powers, scratch) : textToInteger(ptr, bytes, radix, powers, scratch);
    store<f64>(out + (<usize>row << 3), status == PARSE_EXACT ? load<f64>(scratch) : NaN);
    if (status == PARSE_HARD) {
      assist(state, row);
      hard = true;
    }
  }
  memory.fill(out + VECTOR_TAGS, <u8>TAG_NUMBER, rows);
  return hard ? NEED_ASSIST : 0;
}
