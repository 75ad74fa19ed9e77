/**
 * HyperLogLog++: how many values differ, from the longest run of zeros in the hashes of each of 2^p groups of values.
 *
 *     head (sketch.ts)    kind 1, version 1; parameter: p, plus 256 where registers are listed
 *     all registers       2^p bytes, one a register
 *     or a list           registers that are not zero, in order, while they are few: index << 8 | value, u32 each
 *
 * A value's 64 bits of hash (`keyWords`): the first p choose the register, whose value is the greatest 1 + count of leading zeros of the rest.
 * A register of a merge is the greater of both, so the merge of parts is the sketch of the whole, bit for bit. Relative standard error: 1.04 / sqrt(2^p).
 *
 * **Source:** Heule, Nunkesser and Hall, "HyperLogLog in practice", EDBT 2013 (64 bits of hash, few registers as a list); the estimate without bias over
 * the whole range, which replaces their tables: Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284, 2017 (section 4).
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

export const PRECISION_MIN = 4;
export const PRECISION_MAX = 18;
const PRECISION_DEFAULT = 14;
/** What Spark reckons with: the standard deviation for one register. */
const SPARK_DEVIATION = 1.054;
const KIND = 1;
const VERSION = 1;
const IS_LIST = 256;
const ITEM_BYTES = 4;
/** A map takes about this many bytes for an entry; with more registers set all of them take less. */
const MAP_ENTRY_BYTES = 32;
/** The limit of m alpha(m) for many registers. */
const ALPHA = 1 / (2 * Math.LN2);

/** How exact distinct values are counted. */
export interface ApproxDistinctOptions {
  /** From 4 to 18: 2^precision registers, of a byte each; relative standard error 1.04 / sqrt(2^precision). Default: 14, for 0.8 %. */
  precision?: number;
}

const words = new Uint32Array(2);

/** The kind with this many bits of precision. **Errors:** `ConfigError` "invalid-option". */
export function hyperLogLog(method: string, precision: number = PRECISION_DEFAULT): SketchKind<number> {
  checkNumber(`The precision of ${method}`, precision, { least: PRECISION_MIN, most: PRECISION_MAX, isWhole: true });
  return {
    algorithm: "HyperLogLog++",
    parameters: [`precision ${precision}`],
    make: () => new HyperLogLog(precision),
    form: formOf(headOf(precision, false), [precision]),
  };
}

/**
 * The least precision with this relative standard deviation at most. **Errors:** `ConfigError` "invalid-option" where there is none.
 * **Source:** as Spark's `countApproxDistinct`.
 */
export function precisionFor(method: string, relativeSD: number): number {
  const least = SPARK_DEVIATION / Math.sqrt(2 ** PRECISION_MAX);
  checkNumber(`The relative standard deviation of ${method}`, relativeSD, { least, most: 1 });
  return Math.max(PRECISION_MIN, Math.ceil(2 * Math.log2(SPARK_DEVIATION / relativeSD)));
}

export class HyperLogLog implements Sketch<number> {
  readonly precision: number;
  /** Registers that are not zero, while they are few. */
  #few: Map<number, number> | undefined = new Map();
  #registers = new Uint8Array(0);

  constructor(precision: number) {
    this.precision = precision;
  }

  add(value: unknown): void {
    keyWords(value, words);
    const [high, low] = words as unknown as [number, number];
    const bits = this.precision;
    const rest = high << bits;
    const zeros = rest !== 0 ? Math.clz32(rest) : 32 - bits + Math.clz32(low);
    this.#raise(high >>> (32 - bits), zeros + 1);
  }

  merge(bytes: Uint8Array): void {
    const isList = bytes[7] === IS_LIST >> 8;
    checkHead(bytes, headOf(this.precision, isList));
    const count = isList ? (bytes.length - HEAD_BYTES) / ITEM_BYTES : 2 ** this.precision;
    if (!Number.isInteger(count) || (!isList && bytes.length !== HEAD_BYTES + count)) {
      throw invalid("The bytes of a HyperLogLog were cut", { byteLength: bytes.length });
    }
    if (!isList) {
      for (let index = 0; index < count; index++) {
        const register = bytes[HEAD_BYTES + index]!;
        if (register > 0) this.#raise(index, register);
      }
      return;
    }
    const view = viewOf(bytes);
    for (let at = HEAD_BYTES; at < bytes.length; at += ITEM_BYTES) {
      const item = view.getUint32(at, true);
      if (item >>> 8 >= 2 ** this.precision) throw invalid("A HyperLogLog has no such register", { index: item >>> 8 });
      this.#raise(item >>> 8, item & 255);
    }
  }

  toBytes(): Uint8Array {
    const items = this.#items();
    const count = 2 ** this.precision;
    if (items.length * ITEM_BYTES >= count) {
      const bytes = withHead(headOf(this.precision, false), HEAD_BYTES + count);
      for (const [index, register] of items) bytes[HEAD_BYTES + index] = register;
      return bytes;
    }
    const bytes = withHead(headOf(this.precision, true), HEAD_BYTES + items.length * ITEM_BYTES);
    const view = viewOf(bytes);
    for (const [place, [index, register]] of items.entries()) {
      view.setUint32(HEAD_BYTES + place * ITEM_BYTES, (index << 8) | register, true);
    }
    return bytes;
  }

  /** How many different values were added, rounded. */
  result(): number {
    const restBits = 64 - this.precision;
    const count = 2 ** this.precision;
    const items = this.#items();
    const withValue = new Float64Array(restBits + 2);
    withValue[0] = count - items.length;
    for (const [, register] of items) withValue[register]!++;
    let sum = count * tau(1 - withValue[restBits + 1]! / count);
    for (let value = restBits; value >= 1; value--) sum = 0.5 * (sum + withValue[value]!);
    sum += count * sigma(withValue[0]! / count);
    return Math.round((ALPHA * count * count) / sum);
  }

  #raise(index: number, register: number): void {
    const few = this.#few;
    if (few === undefined) {
      if (register > this.#registers[index]!) this.#registers[index] = register;
      return;
    }
    if (register > (few.get(index) ?? 0)) few.set(index, register);
    if (few.size * MAP_ENTRY_BYTES <= 2 ** this.precision) return;
    this.#registers = new Uint8Array(2 ** this.precision);
    for (const [at, value] of few) this.#registers[at] = value;
    this.#few = undefined;
  }

  /** Index and value of the registers that are not zero, by index. */
  #items(): Array<readonly [index: number, register: number]> {
    if (this.#few) return [...this.#few].sort(([a], [b]) => a - b);
    const items: Array<readonly [number, number]> = [];
    for (const [index, register] of this.#registers.entries()) if (register > 0) items.push([index, register]);
    return items;
  }
}

function headOf(precision: number, isList: boolean): Head {
  return { kind: KIND, version: VERSION, parameter: precision + (isList ? IS_LIST : 0) };
}

/** x + the sum of x^(2^k) 2^(k-1) for k from 1 on; infinite for 1, where no register was set. */
function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY;
  let sum = x;
  for (let power = x, weight = 1, before = Number.NaN; sum !== before; weight *= 2) {
    before = sum;
    power *= power;
    sum += power * weight;
  }
  return sum;
}

/** (1 - x - the sum of (1 - x^(2^-k))^2 2^-k for k from 1 on) / 3. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let sum = 1 - x;
  for (let root = x, weight = 1, before = Number.NaN; sum !== before; ) {
    before = sum;
    root = Math.sqrt(root);
    weight *= 0.5;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}
