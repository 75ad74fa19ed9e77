/**
 * Lists in a column of the frame that is the program's source (block.ts). In a register a list is where its elements are: the first one, and in the high
 * half how many there are.
 */
import { PROGRAM_SOURCE_END, TAG_NUMBER, VECTOR_ROWS, VECTOR_TAGS } from "../abi";
import { bufferA, columnAt } from "../block";
import { cellPayload, cellTag } from "../rows/cells";
import { dataOf, INS_A, INS_B, INS_DST, INS_IMM, payloads } from "../vector";
import { gather } from "./expand";

const FRAME_ROWS: usize = 4;
const FRAME_ROW: usize = 8;
const FRAME_POSITION: usize = 12;

/** `dst = a.length`. */
export function listLength(state: usize, ins: usize, rows: i32): i32 {
  const lists = payloads(state, load<i32>(ins, INS_A));
  const out = payloads(state, load<i32>(ins, INS_DST));
  for (let row: usize = 0; row < <usize>rows; row++) {
    store<f64>(out + (row << 3), <f64>(<u32>(load<u64>(lists + (row << 3)) >> 32)));
  }
  memory.fill(out + VECTOR_TAGS, <u8>TAG_NUMBER, rows);
  return 0;
}

/** `dst = b + a[0] + a[1] ...`, from left to right: of elements the column imm, which holds numbers. */
export function listSum(state: usize, ins: usize, rows: i32): i32 {
  const frame = <usize>load<u32>(state, PROGRAM_SOURCE_END);
  const numbers = bufferA(frame, columnAt(frame, load<u32>(ins, INS_IMM)));
  const lists = payloads(state, load<i32>(ins, INS_A));
  const initial = payloads(state, load<i32>(ins, INS_B));
  const out = payloads(state, load<i32>(ins, INS_DST));
  for (let row: usize = 0; row < <usize>rows; row++) {
    const list = load<u64>(lists + (row << 3));
    let at = numbers + (<usize>(<u32>list) << 3);
    const end = at + (<usize>(list >> 32) << 3);
    let sum = load<f64>(initial + (row << 3));
    for (; at < end; at += 8) sum += load<f64>(at);
    store<f64>(out + (row << 3), sum);
  }
  memory.fill(out + VECTOR_TAGS, <u8>TAG_NUMBER, rows);
  return 0;
}

/** The next elements of a: behind the pairs of carried registers their number u32, and of each the register that it goes to and its column. */
export function expandLists(state: usize, ins: usize, frame: usize): i32 {
  const source = <usize>load<u32>(state, PROGRAM_SOURCE_END);
  const lists = payloads(state, load<i32>(ins, INS_A));
  const count = load<i32>(ins, INS_IMM);
  const carried = dataOf(state, ins);
  const leaves = carried + (<usize>count << 3);
  const rows = load<i32>(frame, FRAME_ROWS);
  let row = load<i32>(frame, FRAME_ROW);
  let position = load<u32>(frame, FRAME_POSITION);
  let made: i32 = 0;
  while (row < rows && made < VECTOR_ROWS) {
    const list = load<u64>(lists + (<usize>row << 3));
    const taken = min<i32>(<i32>(<u32>(list >> 32) - position), VECTOR_ROWS - made);
    gather(state, carried, count, row, made, made + taken);
    copyElements(state, source, leaves, <u32>list + position, taken, made);
    made += taken;
    position += taken;
    if (position == <u32>(list >> 32)) {
      row++;
      position = 0;
    }
  }
  store<i32>(frame, row, FRAME_ROW);
  store<u32>(frame, position, FRAME_POSITION);
  return made;
}

function copyElements(state: usize, source: usize, leaves: usize, from: u32, count: i32, to: i32): void {
  const leafCount = load<u32>(leaves);
  for (let i: u32 = 0; i < leafCount; i++) {
    const leaf = leaves + 4 + (<usize>i << 3);
    const out = payloads(state, load<i32>(leaf));
    const column = columnAt(source, load<u32>(leaf, 4));
    for (let k: i32 = 0; k < count; k++) {
      store<u64>(out + (<usize>(to + k) << 3), cellPayload(source, column, from + k));
      store<u8>(out + VECTOR_TAGS + <usize>(to + k), cellTag(source, column, from + k));
    }
  }
}
