/**
 * Programs: what a task does with its rows, as data. One call runs it over a whole input, 1024 rows at a time.
 *
 *     header (256 bytes) | instructions, 32 bytes each | data | registers (vector.ts)
 *
 *     instruction   0 op u32 | 4 dst i32 | 8 a i32 | 12 b i32 | 16 c i32 | 20 imm i32 | 24 offset into the data u32 | 28 extra i32
 *
 * The first instruction is `OP_SOURCE`, which fills the registers with the next rows of the input; the last one is a sink. Every operation has one
 * face: `(state, ins, rows)`, which reads registers a, b, c, writes dst, and returns 0, or what it needs (`NEED_*`). Then it has done nothing that
 * starting it again would do twice; the host gives what it needs and calls `programRun` again. A sink remembers in `PROGRAM_SINK_ROW` how far it came.
 *
 * Nothing throws here: where JavaScript would, a program returns `NEED_BAIL`, and the stage runs as JavaScript.
 *
 * The design (vectors of a fixed length, an operation for each type, tags apart from payloads) follows MonetDB/X100: Boncz, Zukowski and Nes,
 * "MonetDB/X100: Hyper-pipelining query execution", CIDR 2005.
 */
import {
  BAD_HEADER,
  BAD_SIZE,
  EXPANSION_BYTES,
  EXPANSIONS_MAX,
  INSTRUCTION_BYTES,
  PROGRAM_ARENA,
  PROGRAM_ARENA_NEXT,
  PROGRAM_COUNTED,
  PROGRAM_COUNTER,
  PROGRAM_DEPTH,
  PROGRAM_EXPANSIONS,
  PROGRAM_HEADER_BYTES,
  PROGRAM_INSTRUCTIONS,
  PROGRAM_MAGIC,
  PROGRAM_ROWS,
  PROGRAM_SINK_ROW,
  PROGRAM_SOURCE,
  PROGRAM_SOURCE_END,
  SOURCE_FRAME,
  SOURCE_JOIN,
  SOURCE_LINES,
  SOURCE_ORDER,
  SOURCE_STATE,
  VECTOR_ROWS,
} from "./abi";
import { OP_COUNT, OP_EXPAND, OP_FILTER, OP_FOLD, OP_RETURN, OP_SOURCE, OP_TURNS } from "./ops/codes";
import { compact } from "./ops/filter";
import { expand } from "./ops/expand";
import { fold } from "./ops/fold";
import { run } from "./ops/run";
import { fillFromFrame, fillFromLines } from "./ops/source";
import { fillFromOrder } from "./order/order";
import { fillFromJoin } from "./rows/join";
import { fillFromState } from "./state/source";
import { comeBack, turns } from "./state/turns";
import { tableCheck } from "./table";
import { INS_EXTRA, INS_OP } from "./vector";

/** Prepares the header; the host then writes where registers, instructions and data lie. */
export function programInit(state: usize): i32 {
  memory.fill(state, 0, PROGRAM_HEADER_BYTES);
  store<u32>(state, PROGRAM_MAGIC);
  return 0;
}

/** Goes on where it stopped. 0: the input is at its end; `NEED_*`: what has to be given before the next call. */
export function programRun(state: usize): i32 {
  if (load<u32>(state) != PROGRAM_MAGIC) return BAD_HEADER;
  const instructions = <usize>load<u32>(state, PROGRAM_INSTRUCTIONS);
  while (true) {
    const pc = load<i32>(state, PROGRAM_COUNTER);
    const ins = instructions + <usize>pc * INSTRUCTION_BYTES;
    const op = load<u32>(ins, INS_OP);
    let rows = load<i32>(state, PROGRAM_ROWS);
    if (op == OP_SOURCE) {
      rows = fill(state, ins);
      // A state's rows may want room; any other source only ends, or is none.
      if (rows <= 0) return load<i32>(state, PROGRAM_SOURCE) == SOURCE_STATE ? -rows : rows;
      store<i32>(state, rows, PROGRAM_ROWS);
    } else if (op == OP_FILTER) {
      rows = compact(state, ins, rows);
      store<i32>(state, rows, PROGRAM_ROWS);
      if (rows == 0) {
        back(state);
        continue;
      }
    } else if (op == OP_EXPAND || op == OP_TURNS || op == OP_FOLD) {
      const frame = expansion(state, pc);
      if (!frame) return BAD_SIZE;
      if (op != OP_EXPAND && tableCheck(load<u32>(ins, INS_EXTRA)) < 0) return BAD_HEADER;
      if (op == OP_TURNS) rows = turns(state, ins, frame);
      else rows = op == OP_FOLD ? fold(state, ins, frame) : expand(state, ins, frame);
      if (rows < 0) return -rows;
      if (rows == 0) {
        store<u32>(state, load<u32>(state, PROGRAM_DEPTH) - 1, PROGRAM_DEPTH);
        back(state);
        continue;
      }
      store<i32>(state, rows, PROGRAM_ROWS);
    } else if (op == OP_RETURN) {
      const need = comeBack(state, ins, rows);
      if (need > 0) return need;
      if (need == 0) {
        back(state);
        continue;
      }
      store<i32>(state, -need, PROGRAM_ROWS);
    } else if (op == OP_COUNT) {
      store<f64>(state, load<f64>(state, PROGRAM_COUNTED) + <f64>rows, PROGRAM_COUNTED);
      back(state);
      continue;
    } else {
      const need = run(op, state, ins, rows);
      if (need) return need;
      if (op >= OP_SINKS) {
        store<i32>(state, 0, PROGRAM_SINK_ROW);
        back(state);
        continue;
      }
    }
    store<i32>(state, pc + 1, PROGRAM_COUNTER);
  }
  return 0;
}

/** From here on, operations are sinks: the rows at hand end there. */
export const OP_SINKS: u32 = 256;

/** The rows at hand are done: more pieces of the last expansion, or the next rows of the source. */
function back(state: usize): void {
  const depth = load<u32>(state, PROGRAM_DEPTH);
  const pc = depth ? load<i32>(top(state, depth)) : 0;
  store<i32>(state, pc, PROGRAM_COUNTER);
}

function top(state: usize, depth: u32): usize {
  return state + PROGRAM_EXPANSIONS + <usize>(depth - 1) * EXPANSION_BYTES;
}

/**
 * The expansion of the instruction at `pc`, begun if it is not under way; 0 where there are too many.
 *
 *     0 pc u32 | 4 rows of the parent u32 | 8 row at hand u32 | 12 position in it u32 | 16, 20, 24 for the operation
 */
function expansion(state: usize, pc: i32): usize {
  const depth = load<u32>(state, PROGRAM_DEPTH);
  if (depth) {
    const frame = top(state, depth);
    if (load<i32>(frame) == pc) return frame;
  }
  if (depth == <u32>EXPANSIONS_MAX) return 0;
  const frame = top(state, depth + 1);
  memory.fill(frame, 0, EXPANSION_BYTES);
  store<i32>(frame, pc);
  store<i32>(frame, load<i32>(state, PROGRAM_ROWS), 4);
  store<u32>(state, depth + 1, PROGRAM_DEPTH);
  return frame;
}

/** The next rows of the source; what was made for the ones before is forgotten. */
function fill(state: usize, ins: usize): i32 {
  store<u32>(state, load<u32>(state, PROGRAM_ARENA), PROGRAM_ARENA_NEXT);
  const source = load<i32>(state, PROGRAM_SOURCE);
  let rows: i32;
  if (source == SOURCE_LINES) rows = fillFromLines(state, ins);
  else if (source == SOURCE_FRAME) rows = fillFromFrame(state, ins);
  else if (source == SOURCE_JOIN) rows = fillFromJoin(state, ins);
  else if (source == SOURCE_STATE) rows = fillFromState(state, ins);
  else if (source == SOURCE_ORDER) rows = fillFromOrder(state, ins);
  else {
    // The host has written the vectors: `PROGRAM_SOURCE_END` rows, once.
    rows = load<i32>(state, PROGRAM_SOURCE_END);
    store<i32>(state, 0, PROGRAM_SOURCE_END);
    if (rows > VECTOR_ROWS) return BAD_SIZE;
  }
  return rows;
}
