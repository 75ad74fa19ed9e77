/**
 * Random samples, as src/operators/sample.ts takes them: whether a row is taken or, with replacement, how many times.
 *
 *     dst | imm: 1 with replacement | data: fraction f64, or e to the power of minus the fraction f64 | extra: state of the generator u32
 *
 * **Source:** splitmix32; Knuth's method for Poisson numbers (TAOCP 2, 3.4.1).
 */
import { TAG_BOOLEAN, TAG_NUMBER, VECTOR_ROWS, VECTOR_TAGS } from "../abi";
import { gather } from "./expand";
import { dataOf, INS_A, INS_DST, INS_EXTRA, INS_IMM, payloads } from "../vector";

const STEP: u32 = 0x9e3779b9;

export function sample(state: usize, ins: usize, rows: i32): i32 {
  const generator = <usize>load<u32>(ins, INS_EXTRA);
  const out = payloads(state, load<i32>(ins, INS_DST));
  const limit = load<f64>(dataOf(state, ins));
  const isCount = load<i32>(ins, INS_IMM) != 0;
  let seed = load<u32>(generator);
  for (let at = out; at < out + (<usize>rows << 3); at += 8) {
    seed += STEP;
    let product = draw(seed);
    if (isCount) {
      let count: f64 = 0;
      while (product > limit) {
        seed += STEP;
        product *= draw(seed);
        count += 1;
      }
      store<f64>(at, count);
    } else store<u64>(at, <u64>(product < limit));
  }
  store<u32>(generator, seed);
  memory.fill(out + VECTOR_TAGS, isCount ? <u8>TAG_NUMBER : <u8>TAG_BOOLEAN, rows);
  return 0;
}

function draw(seed: u32): f64 {
  let bits = seed ^ (seed >> 16);
  bits *= 0x21f0aaad;
  bits ^= bits >> 15;
  bits *= 0x735a2d97;
  return <f64>(bits ^ (bits >> 15)) / 4294967296.0;
}

const FRAME_ROWS: usize = 4;
const FRAME_ROW: usize = 8;
const FRAME_POSITION: usize = 12;

/** An expansion: each row as many times as the number in a says. */
export function expandTimes(state: usize, ins: usize, frame: usize): i32 {
  const times = payloads(state, load<i32>(ins, INS_A));
  const carried = dataOf(state, ins);
  const rows = load<i32>(frame, FRAME_ROWS);
  let row = load<i32>(frame, FRAME_ROW);
  let position = load<i32>(frame, FRAME_POSITION);
  let made: i32 = 0;
  while (row < rows && made < VECTOR_ROWS) {
    const left = <i32>load<f64>(times + (<usize>row << 3)) - position;
    const count = min(left, VECTOR_ROWS - made);
    gather(state, carried, load<i32>(ins, INS_IMM), row, made, made + count);
    made += count;
    position += count;
    if (count == left) {
      row++;
      position = 0;
    }
  }
  store<i32>(frame, row, FRAME_ROW);
  store<i32>(frame, position, FRAME_POSITION);
  return made;
}
