/**
 * Vectors: `VECTOR_ROWS` values each, the registers of a program.
 *
 *     payload u64[1024] | tags u8[1024]
 *
 * Tags are always there, whatever is known of a vector's type: setting them costs one fill, and every reader may rely on them. Values and the
 * face of an operation are described in program.ts.
 */
import {
  NEED_ARENA,
  PROGRAM_ARENA_END,
  PROGRAM_ARENA_NEXT,
  PROGRAM_ASSIST_COUNT,
  PROGRAM_ASSIST_ROWS,
  PROGRAM_DATA,
  PROGRAM_NEED_BYTES,
  PROGRAM_REGISTERS,
  READ_AHEAD,
  VECTOR_BYTES,
  VECTOR_TAGS,
} from "./abi";

// Operands of an instruction of `INSTRUCTION_BYTES`.
export const INS_OP: usize = 0;
export const INS_DST: usize = 4;
export const INS_A: usize = 8;
export const INS_B: usize = 12;
export const INS_C: usize = 16;
export const INS_IMM: usize = 20;
export const INS_DATA: usize = 24;
export const INS_EXTRA: usize = 28;

/** Address of the payloads of a register. */
// @ts-ignore: decorator
@inline export function payloads(state: usize, register: i32): usize {
  return <usize>load<u32>(state, PROGRAM_REGISTERS) + <usize>register * VECTOR_BYTES;
}

/** Address of the tags of a register. */
// @ts-ignore: decorator
@inline export function tagsOf(state: usize, register: i32): usize {
  return payloads(state, register) + VECTOR_TAGS;
}

/** Address of what an instruction has in the program's data. */
// @ts-ignore: decorator
@inline export function dataOf(state: usize, ins: usize): usize {
  return <usize>load<u32>(state, PROGRAM_DATA) + <usize>load<u32>(ins, INS_DATA);
}

/** Payload of a string or of JSON text. */
// @ts-ignore: decorator
@inline export function slice(ptr: usize, bytes: u32): u64 {
  return (<u64>bytes << 32) | <u64>ptr;
}

// @ts-ignore: decorator
@inline export function payloadAt(vector: usize, row: i32): u64 {
  return load<u64>(vector + (<usize>row << 3));
}

/** Of a string or of JSON text, by its payload. */
// @ts-ignore: decorator
@inline export function ptrOf(text: u64): usize {
  return <usize>(<u32>text);
}

// @ts-ignore: decorator
@inline export function bytesOf(text: u64): u32 {
  return <u32>(text >> 32);
}

/**
 * Address of `bytes` bytes for a string that an operation makes, readable `READ_AHEAD` bytes further; 0 where the arena lacks room. The operation
 * then returns `NEED_ARENA` and is started again with more.
 */
export function allocate(state: usize, bytes: u32): usize {
  const ptr = load<u32>(state, PROGRAM_ARENA_NEXT);
  const end = load<u32>(state, PROGRAM_ARENA_END);
  if (bytes + READ_AHEAD > end - ptr) {
    store<u32>(state, bytes + READ_AHEAD, PROGRAM_NEED_BYTES);
    return 0;
  }
  store<u32>(state, ptr + bytes, PROGRAM_ARENA_NEXT);
  return <usize>ptr;
}

/** Gives back what an operation that has made `text` took from the arena for it at `room` and did not use. */
// @ts-ignore: decorator
@inline export function keep(state: usize, room: usize, text: u64): void {
  const end = ptrOf(text) == room ? room + bytesOf(text) : room;
  store<u32>(state, <u32>end, PROGRAM_ARENA_NEXT);
}

/** Lists a row that the host computes once the operation has done the others; it then returns `assisted(state)`. */
export function assist(state: usize, row: i32): void {
  const count = load<u32>(state, PROGRAM_ASSIST_COUNT);
  store<u16>(<usize>load<u32>(state, PROGRAM_ASSIST_ROWS) + (<usize>count << 1), <u16>row);
  store<u32>(state, count + 1, PROGRAM_ASSIST_COUNT);
}

/** Forgets rows listed by a run of the operation that was broken off: the first thing that an operation which lists rows does. */
export function assistNone(state: usize): void {
  store<u32>(state, 0, PROGRAM_ASSIST_COUNT);
}
