/**
 * The sink that groups: rows of one key become one entry of a table (table.ts), whose cells bring their values together in the order of the rows.
 *
 * Three phases for the rows of a vector: hashes of all keys (group/keys.ts), the entry of each row, then one loop for each aggregate. The state
 * (group/state.ts) says how far they are, so that the sink goes on there once it has the room that it lacked. To compute all hashes first lets the
 * processor wait for many entries at a time (Chen et al., "Improving hash join performance through prefetching", ICDE 2004).
 */
import {
  AGGREGATE_PARAMETERS,
  BAD_HEADER,
  CELL_NUMBER,
  GROUP_AGGREGATE_BYTES,
  GROUP_AGGREGATES,
  GROUP_COMPOSITE,
  GROUP_FORM,
  GROUP_GLOBAL,
  GROUP_KEY_BYTES,
  GROUP_KEYS,
  GROUP_LISTS,
  GROUP_NUMBER_CELL,
  NEED_BAIL,
  PROGRAM_NEED_STATE,
  TABLE_NEED,
  TABLE_STRIDE,
  TAG_NUMBER,
  VECTOR_TAGS,
} from "../abi";
import { findComposites, hashComposites } from "../group/composites";
import { findKeys, findOnly, hashKeys } from "../group/keys";
import { bringNumbers } from "../group/numbers";
import { AGGREGATE, AGGREGATE_CELL_BYTES, aggregateAt, entriesAt, NUMBERED, PHASE, ROW, SCRATCH_BYTES } from "../group/state";
import { bringValues } from "../group/values";
import { bringSketches } from "../sketches/sketch";
import { tableCheck, tableInit } from "../table";
import { INS_DST, INS_EXTRA, payloads } from "../vector";

/** Bytes of the state of a sink. */
export function groupBytes(keys: u32, aggregates: u32): i32 {
  return GROUP_LISTS + keys * GROUP_KEY_BYTES + aggregates * GROUP_AGGREGATE_BYTES + <i32>SCRATCH_BYTES;
}

/** Makes an empty table of entries of `stride` bytes; the host has filled in what groups and aggregates there are. */
export function groupInit(sink: usize, seedPtr: usize, slotsPtr: usize, slotBits: i32, stride: u32): i32 {
  const status = tableInit(sink, seedPtr, slotsPtr, slotBits);
  store<u32>(sink, stride, TABLE_STRIDE);
  memory.fill(sink + PHASE, 0, <usize>GROUP_LISTS - PHASE);
  return status;
}

// Phases.
const HASH: u32 = 0;
const FIND: u32 = 1;
const BRING: u32 = 2;

/** The operation; also the one that only numbers groups, whose dst is the number of each row's group. */
export function group(state: usize, ins: usize, rows: i32): i32 {
  const sink = <usize>load<u32>(ins, INS_EXTRA);
  const status = tableCheck(sink);
  if (status < 0) return BAD_HEADER;
  const need = enter(state, sink, rows);
  if (need) return need;
  const dst = load<i32>(ins, INS_DST);
  if (dst >= 0) number(sink, payloads(state, dst), rows);
  return 0;
}

/** Finds or makes the entry of each row and brings in its values: 0, or what is needed to go on from there. */
export function enter(state: usize, sink: usize, rows: i32): i32 {
  if (load<u32>(sink, PHASE) == HASH) {
    if (!hash(state, sink, rows)) return NEED_BAIL;
    store<u32>(sink, 0, ROW);
    store<u32>(sink, FIND, PHASE);
  }
  if (load<u32>(sink, PHASE) == FIND) {
    if (!find(state, sink, rows)) return needed(state, sink);
    store<u32>(sink, 0, ROW);
    store<u32>(sink, 0, AGGREGATE);
    store<u32>(sink, BRING, PHASE);
  }
  const need = bring(state, sink, rows);
  if (need) return need == NEED_BAIL ? NEED_BAIL : needed(state, sink);
  store<u32>(sink, HASH, PHASE);
  return 0;
}

function needed(state: usize, sink: usize): i32 {
  store<u32>(state, <u32>sink, PROGRAM_NEED_STATE);
  return load<i32>(sink, TABLE_NEED);
}

/** False where a key is none that the kernel tells apart. */
function hash(state: usize, sink: usize, rows: i32): bool {
  const form = load<i32>(sink, GROUP_FORM);
  if (form == GROUP_GLOBAL) return true;
  return form == GROUP_COMPOSITE ? hashComposites(state, sink, rows) : hashKeys(state, sink, rows);
}

/** False where room is lacking. */
function find(state: usize, sink: usize, rows: i32): bool {
  const form = load<i32>(sink, GROUP_FORM);
  if (form == GROUP_GLOBAL) return findOnly(sink, rows);
  return form == GROUP_COMPOSITE ? findComposites(state, sink, rows) : findKeys(state, sink, rows);
}

/** Brings in the values: 0, or what is needed. */
function bring(state: usize, sink: usize, rows: i32): i32 {
  const count = load<u32>(sink, GROUP_AGGREGATES);
  for (let i = load<u32>(sink, AGGREGATE); i < count; i++) {
    const aggregate = aggregateAt(sink, i);
    store<u32>(sink, i, AGGREGATE);
    let need: i32;
    if (load<u32>(aggregate, AGGREGATE_PARAMETERS)) need = bringSketches(state, sink, aggregate, rows);
    else if (load<i32>(aggregate, AGGREGATE_CELL_BYTES) == CELL_NUMBER) need = bringNumbers(state, sink, aggregate, rows);
    else need = bringValues(state, sink, aggregate, rows);
    if (need) return need;
  }
  store<u32>(sink, count, AGGREGATE);
  return 0;
}

/** Writes the number of each row's group to the vector at `out`: from 0 on in order of arrival. */
function number(sink: usize, out: usize, rows: i32): void {
  const cell = <usize>load<u32>(sink, GROUP_NUMBER_CELL);
  const entries = entriesAt(sink);
  let next = load<u32>(sink, NUMBERED);
  for (let row = 0; row < rows; row++) {
    const entry = load<u32>(entries + (<usize>row << 2));
    const at = <usize>(entry & ~1) + cell;
    if (entry & 1) {
      store<f64>(at, <f64>next);
      next++;
    }
    store<f64>(out + (<usize>row << 3), load<f64>(at));
  }
  store<u32>(sink, next, NUMBERED);
  memory.fill(out + VECTOR_TAGS, <u8>TAG_NUMBER, rows);
}
