/**
 * The table of JSON_FIELDS: which fields are wanted, as a tree of keys that the host builds (src/kernel/json-fields.ts), and what the reader works with.
 *
 *     header (256 bytes) | nodes, 64 bytes each, in preorder | keys, padded to 16 bytes | templates
 *
 *     header    0 mode | 4 nodes | 8 ok, 12 reason, 16 field, 20 position: registers, -1 none | 24 offset of the templates | from 32 on the reader's own
 *     node      0 register, -1 none | 4 kind | 8 types that it refuses, bits | 12 offset behind its subtree | 16 bytes of the key | 20 offset of the key
 *              24 first 8 bytes of the key, 32 their mask | 40 fault, 44 where | 48 address of the register, 0 none | 52 number of the field
 *
 * The child of a list is the type of its elements. A node's children: the first one follows it, each starts where the subtree of the one before ends.
 */
import {
  JSON_HEADER_BYTES,
  JSON_NODE_BYTES,
  NEED_ARENA,
  PROGRAM_POWERS,
  TAG_UNDEFINED,
  VECTOR_TAGS,
} from "../abi";
import { allocate, payloads } from "../vector";

export const MODE: usize = 0;
const NODES: usize = 4;
export const OK: usize = 8;
export const REASON: usize = 12;
export const FIELD: usize = 16;
export const POSITION: usize = 20;
export const TEMPLATES: usize = 24;

// The reader's own.
export const END: usize = 32;
export const START: usize = 36;
export const ROW: usize = 40;
/** 0, `STATUS_SYNTAX`, `NEED_ARENA` or `NEED_BAIL`: why reading a row stopped. */
export const STATUS: usize = 44;
/** Address at which the syntax is wrong. */
export const FAILED: usize = 48;
/** Faults of the row at hand, in its nodes. */
export const FAULTS: usize = 52;
export const STATE: usize = 56;
/** Memory for the kinds of open brackets, and how many words of 64 it has. */
export const STACK: usize = 60;
export const STACK_WORDS: usize = 64;
/** Not 0: the row has a number that only JavaScript reads exactly. */
export const HARD: usize = 68;
export const POWERS: usize = 72;
/** Room for a number and where it ends. */
export const NUMBER: usize = 80;
export const NUMBER_END: usize = 88;
/** Template that is being learnt from the row at hand, 0 for none; see json-template.ts. */
export const LEARNING: usize = 96;
/** The template that fitted last, 0 for none. */
export const CURRENT: usize = 100;
export const MISSES: usize = 104;
export const PATIENCE: usize = 108;
/** How many templates have been learnt. */
export const LEARNT: usize = 112;
/** End of the last value that the template takes. */
export const LAST_END: usize = 116;
const STACK_INLINE: usize = 128;
const STACK_INLINE_WORDS: u32 = 8;

export const REGISTER: usize = 0;
export const KIND: usize = 4;
export const REFUSES: usize = 8;
const SUBTREE_END: usize = 12;
const KEY_BYTES: usize = 16;
const KEY: usize = 20;
const KEY_FIRST: usize = 24;
const KEY_MASK: usize = 32;
export const FAULT: usize = 40;
export const FAULT_AT: usize = 44;
export const COLUMN: usize = 48;
export const NUMBER_OF_FIELD: usize = 52;

export const STATUS_SYNTAX: i32 = -1;

// @ts-ignore: decorator
@inline export function rootOf(t: usize): usize {
  return t + JSON_HEADER_BYTES;
}

// @ts-ignore: decorator
@inline export function nodesEnd(t: usize): usize {
  return rootOf(t) + <usize>load<u32>(t, NODES) * JSON_NODE_BYTES;
}

// @ts-ignore: decorator
@inline export function subtreeEnd(t: usize, node: usize): usize {
  return t + <usize>load<u32>(node, SUBTREE_END);
}

// @ts-ignore: decorator
@inline export function hasChildren(t: usize, node: usize): bool {
  return subtreeEnd(t, node) > node + JSON_NODE_BYTES;
}

/** Prepares for a call: every wanted field of every row is undefined. */
export function begin(t: usize, state: usize, rows: i32): void {
  store<u32>(t, state, STATE);
  store<u32>(t, load<u32>(state, PROGRAM_POWERS), POWERS);
  store<u32>(t, t + STACK_INLINE, STACK);
  store<u32>(t, STACK_INLINE_WORDS, STACK_WORDS);
  store<u32>(t, 0, LEARNING);
  store<u32>(t, 0, FAULTS);
  store<u32>(t, 0, HARD);
  const end = nodesEnd(t);
  for (let node = rootOf(t); node < end; node += JSON_NODE_BYTES) {
    const register = load<i32>(node, REGISTER);
    const column = register < 0 ? 0 : payloads(state, register);
    store<u32>(node, <u32>column, COLUMN);
    store<u32>(node, 0, FAULT);
    if (column) clearColumn(column, rows);
  }
}

export function clearColumn(column: usize, rows: i32): void {
  memory.fill(column, 0, <usize>rows << 3);
  memory.fill(column + VECTOR_TAGS, <u8>TAG_UNDEFINED, rows);
}

/** Writes the value of a node for the row at hand, if it is wanted. */
// @ts-ignore: decorator
@inline export function put(t: usize, node: usize, tag: i32, payload: u64): void {
  const column = <usize>load<u32>(node, COLUMN);
  if (!column) return;
  const row = <usize>load<u32>(t, ROW);
  store<u64>(column + (row << 3), payload);
  store<u8>(column + VECTOR_TAGS + row, <u8>tag);
}

/** What was read into the nodes from `from` to `end` is undefined again, and their faults are none: a later value of the same key counts. */
export function forget(t: usize, from: usize, end: usize): void {
  for (let node = from; node < end; node += JSON_NODE_BYTES) {
    put(t, node, TAG_UNDEFINED, 0);
    store<u32>(node, 0, FAULT);
  }
}

/** Stops reading the row: the syntax is wrong at `p`. Returns 0. */
export function fail(t: usize, p: usize): usize {
  store<i32>(t, STATUS_SYNTAX, STATUS);
  store<u32>(t, <u32>p, FAILED);
  return 0;
}

/** Stops reading. Returns 0. */
export function stop(t: usize, need: i32): usize {
  store<i32>(t, need, STATUS);
  return 0;
}

/** The child of `node` whose key has these bytes, 0 where it has none. */
export function findChild(t: usize, node: usize, key: usize, bytes: u32): usize {
  const end = subtreeEnd(t, node);
  const first = load<u64>(key);
  for (let child = node + JSON_NODE_BYTES; child < end; child = subtreeEnd(t, child)) {
    if (
      load<u32>(child, KEY_BYTES) == bytes &&
      (first & load<u64>(child, KEY_MASK)) == load<u64>(child, KEY_FIRST) &&
      (bytes <= 8 || memory.compare(t + <usize>load<u32>(child, KEY), key, bytes) == 0)
    ) {
      return child;
    }
  }
  return 0;
}

/** Makes room on the stack for as many open brackets as the text can have; false where the arena lacks it. */
export function growStack(t: usize): bool {
  const bytes = load<u32>(t, END) - load<u32>(t, START);
  const words = (bytes >> 6) + 1;
  const stack = allocate(load<u32>(t, STATE), words << 3);
  if (!stack) {
    stop(t, NEED_ARENA);
    return false;
  }
  memory.copy(stack, load<u32>(t, STACK), <usize>load<u32>(t, STACK_WORDS) << 3);
  store<u32>(t, <u32>stack, STACK);
  store<u32>(t, words, STACK_WORDS);
  return true;
}
