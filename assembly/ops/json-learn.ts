/**
 * Templates: the layout of a line. Lines of one source mostly differ in their values alone; what stands between these is then compared, not parsed.
 *
 *     template   0 gaps, 0 not learnt | 4 objects | 8 bytes of text | 16 gaps of 64 bytes | objects of 24 bytes | text between the values
 *     gap        0 text in front of it: bytes, 4 address | 8 node, 0 none | 12 bits | 16 first 16 bytes of the text, 32 their mask | 48 where it began
 *     object     0 node | 4 gap whose text it starts in, 8 where in it | 12 gap whose text it ends in, 16 where in it
 *
 * The last gap is the end of the line. Templates are learnt from lines that the parser has read, and hold no results: they only save time.
 * This way of reading is called speculative parsing: Li et al., "Mison: a fast JSON parser for data analytics", VLDB 2017.
 */
import { JSON_IS_STRING } from "../abi";
import { COLUMN, CURRENT, LAST_END, LEARNING, LEARNT, REFUSES, START, TEMPLATES } from "./json-table";

export const TEMPLATES_MAX: u32 = 4;
export const TEMPLATE_BYTES: usize = 6784;
const GAPS_MAX: u32 = 64;
const OBJECTS_MAX: u32 = 32;
const TEXT_BYTES: u32 = 1904;

export const GAPS: usize = 0;
export const OBJECTS: usize = 4;
const TEXT_USED: usize = 8;
const GAPS_START: usize = 16;
export const GAP_BYTES: usize = 64;
const OBJECTS_START: usize = GAPS_START + <usize>GAPS_MAX * GAP_BYTES;
export const OBJECT_BYTES: usize = 24;
const TEXT_START: usize = OBJECTS_START + <usize>OBJECTS_MAX * OBJECT_BYTES;

export const TEXT_LENGTH: usize = 0;
export const TEXT: usize = 4;
export const NODE: usize = 8;
export const BITS: usize = 12;
export const FIRST: usize = 16;
export const MASK: usize = 32;
export const BEGAN: usize = 48;
/** A string there needs no more than to be found. */
export const BIT_STRING: u32 = 1;
/** The template has to know where the gap's text began. */
export const BIT_BEGAN: u32 = 2;

export const OBJECT_NODE: usize = 0;
export const OPEN_GAP: usize = 4;
export const OPEN_AT: usize = 8;
export const CLOSE_GAP: usize = 12;
export const CLOSE_AT: usize = 16;

// @ts-ignore: decorator
@inline export function gapAt(template: usize, index: u32): usize {
  return template + GAPS_START + <usize>index * GAP_BYTES;
}

// @ts-ignore: decorator
@inline export function objectAt(template: usize, index: u32): usize {
  return template + OBJECTS_START + <usize>index * OBJECT_BYTES;
}

// @ts-ignore: decorator
@inline export function templateAt(t: usize, index: u32): usize {
  return t + <usize>load<u32>(t, TEMPLATES) + <usize>index * TEMPLATE_BYTES;
}

/** The row that is read next is learnt, in place of the oldest template. */
export function learnBegin(t: usize): void {
  const learnt = load<u32>(t, LEARNT);
  const template = templateAt(t, learnt % TEMPLATES_MAX);
  store<u32>(t, learnt + 1, LEARNT);
  if (load<u32>(t, CURRENT) == <u32>template) store<u32>(t, 0, CURRENT);
  store<u32>(template, 0, GAPS);
  store<u32>(template, 0, OBJECTS);
  store<u32>(template, 0, TEXT_USED);
  store<u32>(t, <u32>template, LEARNING);
  store<u32>(t, load<u32>(t, START), LAST_END);
}

/** The layout is none that a template holds. */
export function learnNothing(t: usize): void {
  store<u32>(load<u32>(t, LEARNING), 0, GAPS);
  store<u32>(t, 0, LEARNING);
}

/** The object of `node` starts at `p`; returns its index, below zero where nothing is learnt. */
export function learnOpen(t: usize, node: usize, p: usize): i32 {
  const template = <usize>load<u32>(t, LEARNING);
  const index = load<u32>(template, OBJECTS);
  if (index == OBJECTS_MAX || isKnown(template, node)) {
    learnNothing(t);
    return -1;
  }
  const object = objectAt(template, index);
  store<u32>(object, <u32>node, OBJECT_NODE);
  store<u32>(object, load<u32>(template, GAPS), OPEN_GAP);
  store<u32>(object, <u32>p - load<u32>(t, LAST_END), OPEN_AT);
  store<u32>(template, index + 1, OBJECTS);
  return <i32>index;
}

/** That object ends in front of `p`. */
export function learnClose(t: usize, index: i32, p: usize): void {
  const template = <usize>load<u32>(t, LEARNING);
  if (!template) return;
  const object = objectAt(template, index);
  store<u32>(object, load<u32>(template, GAPS), CLOSE_GAP);
  store<u32>(object, <u32>p - load<u32>(t, LAST_END), CLOSE_AT);
}

/** A value of `node`, or of 0, starts at `p`. */
export function learnValue(t: usize, node: usize, p: usize): void {
  const template = <usize>load<u32>(t, LEARNING);
  const index = load<u32>(template, GAPS);
  const from = <usize>load<u32>(t, LAST_END);
  const bytes = <u32>(p - from);
  const used = load<u32>(template, TEXT_USED);
  // Room for the end of the line, and for loads of 16 bytes.
  if (index == GAPS_MAX || used + bytes + 16 > TEXT_BYTES || (node && isKnown(template, node))) {
    learnNothing(t);
    return;
  }
  const gap = gapAt(template, index);
  const text = template + TEXT_START + <usize>used;
  memory.copy(text, from, bytes);
  store<u32>(gap, bytes, TEXT_LENGTH);
  store<u32>(gap, <u32>text, TEXT);
  store<u32>(gap, <u32>node, NODE);
  store<u32>(gap, node && load<u32>(node, REFUSES) & JSON_IS_STRING ? 0 : BIT_STRING, BITS);
  const first = min<u32>(bytes, 16);
  memory.fill(gap + FIRST, 0, 16);
  memory.copy(gap + FIRST, from, first);
  memory.fill(gap + MASK, 0, 16);
  memory.fill(gap + MASK, 255, first);
  store<u32>(template, used + bytes, TEXT_USED);
  store<u32>(template, index + 1, GAPS);
}

/** That value ends in front of `p`. */
// @ts-ignore: decorator
@inline export function learnEnd(t: usize, p: usize): void {
  store<u32>(t, <u32>p, LAST_END);
}

/** The line, which ends at `end`, has been read without a fault. Returns the template, 0 where it has none. */
export function learnFinish(t: usize, end: usize): usize {
  const template = <usize>load<u32>(t, LEARNING);
  if (!load<u32>(template, GAPS)) {
    store<u32>(t, 0, LEARNING);
    return 0;
  }
  learnValue(t, 0, end);
  const learnt = load<u32>(t, LEARNING);
  store<u32>(t, 0, LEARNING);
  if (!learnt) return 0;
  const objects = load<u32>(template, OBJECTS);
  for (let i: u32 = 0; i < objects; i++) {
    const object = objectAt(template, i);
    if (load<u32>(load<u32>(object, OBJECT_NODE), COLUMN)) {
      mark(gapAt(template, load<u32>(object, OPEN_GAP)));
      mark(gapAt(template, load<u32>(object, CLOSE_GAP)));
    }
  }
  return template;
}

function mark(gap: usize): void {
  store<u32>(gap, load<u32>(gap, BITS) | BIT_BEGAN, BITS);
}

/** Whether the template has a value of the node: then its key is there twice, and only one counts. */
function isKnown(template: usize, node: usize): bool {
  const gaps = load<u32>(template, GAPS);
  for (let i: u32 = 0; i < gaps; i++) if (load<u32>(gapAt(template, i), NODE) == node) return true;
  const objects = load<u32>(template, OBJECTS);
  for (let i: u32 = 0; i < objects; i++) if (load<u32>(objectAt(template, i), OBJECT_NODE) == node) return true;
  return false;
}
