/**
 * Count-min: about how often each value is there, never too few, in a table of counts that does not grow.
 *
 *     head (sketch.ts)    kind 2, version 1; parameter: rows d
 *     total f64           values added
 *     counts f64          row by row, each of (bytes - 16) / 8 / d counts
 *
 * A value adds 1 to one count of each row; what it has is the least of them. With rows of e / epsilon counts and ln(1 / delta) rows that is too much by more than
 * epsilon times the total with probability delta at most. The column in row i is (h1 + i h2) mod width, of the two words of `keyWords`. Counts of a merge are sums,
 * so the merge of parts is the sketch of the whole, bit for bit.
 *
 * **Source:** Cormode and Muthukrishnan, "An improved data stream summary: the count-min sketch and its applications", Journal of Algorithms 55 (2005); two hashes
 * for all rows: Kirsch and Mitzenmacher, "Less hashing, same performance", ESA 2006 (section 6).
 */
import { keyWords } from "../block/partition-hash.js";
import {
  checkHead,
  checkNumber,
  formOf,
  HEAD_BYTES,
  type Head,
  invalid,
  type Sketch,
  type SketchKind,
  viewOf,
  withHead,
} from "./sketch.js";

/** How exact a count-min sketch is. */
export interface CountMinOptions {
  /** A count is too great by this share of all values at most, from 1e-6 to 1. Default: 0.001. */
  epsilon?: number;
  /** The probability that it is more, from 1e-9 to 0.99. Default: 0.01. */
  delta?: number;
}

const EPSILON_DEFAULT = 0.001;
const EPSILON_MIN = 1e-6;
const DELTA_DEFAULT = 0.01;
const DELTA_MIN = 1e-9;
const DELTA_MAX = 0.99;
const KIND = 2;
const VERSION = 1;
const COUNTS_OFFSET = HEAD_BYTES + 8;

const words = new Uint32Array(2);

/** The kind with these options. **Errors:** `ConfigError` "invalid-option". */
export function countMin(method: string, options: CountMinOptions = {}): SketchKind<CountMinSketch> {
  const { epsilon = EPSILON_DEFAULT, delta = DELTA_DEFAULT } = options;
  checkNumber(`The epsilon of ${method}`, epsilon, { least: EPSILON_MIN, most: 1 });
  checkNumber(`The delta of ${method}`, delta, { least: DELTA_MIN, most: DELTA_MAX });
  const depth = Math.ceil(Math.log(1 / delta));
  const width = Math.ceil(Math.E / epsilon);
  return {
    algorithm: "count-min sketch",
    parameters: [`${depth} rows of ${width}`],
    make: () => new CountMinSketch(depth, width),
    form: formOf(headOf(depth), [depth, width]),
  };
}

/** About how often each of many values is there: `count` is never less than the truth. Made by `countMin`; values are told apart as keys are. */
export class CountMinSketch implements Sketch<CountMinSketch> {
  // All private, so that who writes rows refuses a sketch instead of writing a part of it.
  readonly #depth: number;
  readonly #width: number;
  readonly #counts: Float64Array;
  #total = 0;

  /** @internal Made by `countMin`. */
  constructor(depth: number, width: number) {
    this.#depth = depth;
    this.#width = width;
    this.#counts = new Float64Array(depth * width);
  }

  /** The sketch that `toBytes` has written. **Errors:** `StateError` "invalid-sketch". */
  static fromBytes(bytes: Uint8Array): CountMinSketch {
    const depth = bytes.length >= HEAD_BYTES ? viewOf(bytes).getUint16(6, true) : 0;
    checkHead(bytes, headOf(depth));
    const width = (bytes.length - COUNTS_OFFSET) / 8 / depth;
    if (!Number.isInteger(width) || width < 1)
      throw invalid("The bytes of a count-min sketch were cut", { byteLength: bytes.length });
    const sketch = new CountMinSketch(depth, width);
    sketch.merge(bytes);
    return sketch;
  }

  /** Rows of the table. */
  get depth(): number {
    return this.#depth;
  }

  /** Counts of a row. */
  get width(): number {
    return this.#width;
  }

  /** How many values were added in all. */
  get total(): number {
    return this.#total;
  }

  /** The share of `total` by which a count is too great at most, but with a probability of e^-depth. */
  get epsilon(): number {
    return Math.E / this.width;
  }

  /** About how often a value was added: as often at least. **Errors:** `PlanError` "unsupported-key". */
  count(value: unknown): number {
    let least = this.#total;
    keyWords(value, words);
    for (let row = 0; row < this.depth; row++) least = Math.min(least, this.#counts[this.#place(row)]!);
    return least;
  }

  /** Adds a value once more. **Errors:** `PlanError` "unsupported-key". */
  add(value: unknown): void {
    keyWords(value, words);
    for (let row = 0; row < this.depth; row++) this.#counts[this.#place(row)]!++;
    this.#total++;
  }

  /** Adds all that a sketch of the same options has, given as its bytes. **Errors:** `StateError` "invalid-sketch". */
  merge(bytes: Uint8Array): void {
    checkHead(bytes, headOf(this.depth));
    const counts = this.#counts;
    if (bytes.length !== COUNTS_OFFSET + counts.byteLength) {
      throw invalid("Count-min sketches merge where they are equally wide", { byteLength: bytes.length });
    }
    const view = viewOf(bytes);
    this.#total += view.getFloat64(HEAD_BYTES, true);
    for (let place = 0; place < counts.length; place++)
      counts[place]! += view.getFloat64(COUNTS_OFFSET + 8 * place, true);
  }

  /** The sketch as bytes, for `fromBytes`, here or elsewhere. */
  toBytes(): Uint8Array {
    const bytes = withHead(headOf(this.depth), COUNTS_OFFSET + this.#counts.byteLength);
    const view = viewOf(bytes);
    view.setFloat64(HEAD_BYTES, this.#total, true);
    for (const [place, count] of this.#counts.entries()) view.setFloat64(COUNTS_OFFSET + 8 * place, count, true);
    return bytes;
  }

  /** What the values came to: the sketch itself, which answers `count`. */
  result(): CountMinSketch {
    return this;
  }

  /** Of the value whose words were made last. */
  #place(row: number): number {
    const column = (words[0]! + Math.imul(row, words[1]!)) >>> 0;
    return row * this.width + (column % this.width);
  }
}

function headOf(depth: number): Head {
  return { kind: KIND, version: VERSION, parameter: depth };
}
