/**
 * How fast is the number of distinct lines of 10,000,000 estimated, of which 1,000,000 differ?
 *
 * A run is one batch by `pushBytes` and one number, within a standard error of 0.8 %, on one core. The plain program decodes the bytes, splits them into lines,
 * hashes each, and keeps a register for each of 16,384 groups of hashes. Results are compared as what both must be: the exact number, give or take 4 %.
 *
 * Not measured: other precisions, estimates by key, windows, receiving, more than one thread.
 */
import { linesOf } from "./support/lines.js";
import { type NumbersSize, numberLines, numbersSizes } from "./support/numbers.js";
import { benchOf, PLAIN } from "./support/question.js";
import { millraceSide, plainSide } from "./support/sides.js";

const PRECISION = 14;
const REGISTERS = 2 ** PRECISION;
/** Five standard errors. */
const TOLERANCE = 5 * (1.04 / Math.sqrt(REGISTERS));

/** Flajolet et al., "HyperLogLog", 2007, with 32 bits of hash: enough for a few million values. */
function estimated(lines: Iterable<string>): number {
  const registers = new Uint8Array(REGISTERS);
  for (const line of lines) {
    let hash = 0x811c9dc5;
    for (let i = 0; i < line.length; i++) hash = Math.imul(hash ^ line.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
    const index = hash >>> (32 - PRECISION);
    const rank = Math.min(Math.clz32(hash << PRECISION), 32 - PRECISION) + 1;
    if (rank > registers[index]!) registers[index] = rank;
  }
  let sum = 0;
  let empty = 0;
  for (const register of registers) {
    sum += 2 ** -register;
    if (register === 0) empty++;
  }
  const estimate = ((0.7213 / (1 + 1.079 / REGISTERS)) * REGISTERS * REGISTERS) / sum;
  return estimate <= 2.5 * REGISTERS && empty > 0 ? REGISTERS * Math.log(REGISTERS / empty) : estimate;
}

/** The exact number where the estimate is near enough, else the estimate. */
function toldApart(input: Uint8Array, estimate: number): Array<[string, number]> {
  const exact = new Set(linesOf(input)).size;
  return [["distinct", Math.abs(estimate / exact - 1) <= TOLERANCE ? exact : estimate]];
}

export default benchOf<NumbersSize, Uint8Array>({
  name: "hyper-log-log",
  question: "How fast is the number of distinct lines of 10,000,000 estimated?",
  notMeasured: "other precisions, estimates by key, windows, receiving, more than one thread",
  sizes: numbersSizes,
  aims: { [PLAIN]: 4 },
  input: (size) => numberLines(size, 8),
  bytes: (input) => input.length,
  millrace: (input, master) => [
    millraceSide({
      what: `Millrace, ${master}`,
      master,
      batches: [[input]],
      build: (lines) => lines.approxDistinct({ precision: PRECISION }),
      output: (rdd) => rdd.collect(),
      result: async (rdd) => toldApart(input, await rdd.first()),
    }),
  ],
  others: (input) => [
    plainSide(
      () => estimated(linesOf(input)),
      (estimate) => toldApart(input, estimate),
    ),
  ],
});
