/**
 * Merging t-digest: quantiles of numbers, from centroids that are small where quantiles are extreme.
 *
 *     head (sketch.ts)    kind 4, version 1; parameter: compression
 *     count f64           numbers added, those that are NaN left out
 *     least f64, greatest f64
 *     centroids           mean f64, weight f64 each, by mean
 *
 * Numbers are buffered, sorted, and merged with the centroids: neighbours become one as long as it spans one step of
 * k(q) = compression / (2 pi) asin(2 q - 1). How far a step reaches is computed by a square root and a fixed series, with no function that engines compute
 * differently, so results are the same everywhere. A centroid in the middle of a share q of the numbers has about 2 pi sqrt(q (1 - q)) / compression of them at
 * most, and the rank of a quantile, found by interpolation between neighbours, is not further off. There are 2 * compression centroids at most. The same
 * numbers in the same order and parts give the same digest.
 *
 * **Source:** Dunning and Ertl, "Computing extremely accurate quantiles using t-digests", arXiv:1902.04023, 2019 (algorithm 1, scale function k1).
 */
import { ConfigError, PlanError } from "../errors.js";
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

/** How exact quantiles are. */
export interface ApproxQuantileOptions {
  /** A whole number from 20 to 10,000. Ranks are off by 2 pi sqrt(q (1 - q)) / compression of the numbers at most, mostly far less. Default: 200. */
  compression?: number;
}

const COMPRESSION_DEFAULT = 200;
const COMPRESSION_MIN = 20;
const COMPRESSION_MAX = 10_000;
const BUFFERED_PER_CENTROID = 10;
/** What is buffered, and centroids, of which there are twice the compression at most. */
const PAIRS_PER_CENTROID = BUFFERED_PER_CENTROID + 2;
/** The terms beyond are less than half a unit in the last place. */
const SERIES_TERMS = 20;
const KIND = 4;
const VERSION = 1;
const CENTROIDS_OFFSET = HEAD_BYTES + 24;
const CENTROID_BYTES = 16;

interface Centroid {
  readonly mean: number;
  readonly weight: number;
}

/** The kind that gives the quantiles at `probabilities`. **Errors:** `ConfigError` "invalid-option". */
export function tDigest(
  method: string,
  probabilities: readonly number[],
  { compression = COMPRESSION_DEFAULT }: ApproxQuantileOptions = {},
): SketchKind<number[]> {
  if (!Array.isArray(probabilities)) {
    throw new ConfigError(`${method} needs an array of probabilities from 0 to 1, got ${typeof probabilities}.`, {
      code: "invalid-option",
      details: { got: probabilities },
    });
  }
  const wanted: readonly number[] = [...probabilities];
  for (const probability of wanted) checkNumber(`A probability of ${method}`, probability, { least: 0, most: 1 });
  const range = { least: COMPRESSION_MIN, most: COMPRESSION_MAX, isWhole: true };
  checkNumber(`The compression of ${method}`, compression, range);
  const step = stepOf(compression);
  return {
    algorithm: "t-digest",
    parameters: [`compression ${compression}`, `at ${wanted.join(", ")}`],
    make: () => new TDigest(wanted, compression),
    form: formOf(headOf(compression), [compression], {
      numbers: [step.cosine, step.sine],
      roomBytes: PAIRS_PER_CENTROID * compression * CENTROID_BYTES,
    }),
    isOfNumbers: true,
  };
}

export class TDigest implements Sketch<number[]> {
  readonly compression: number;
  readonly #step: Step;
  readonly #probabilities: readonly number[];
  readonly #buffered: Centroid[] = [];
  #centroids: Centroid[] = [];
  #count = 0;
  #least = Number.POSITIVE_INFINITY;
  #greatest = Number.NEGATIVE_INFINITY;

  constructor(probabilities: readonly number[], compression: number) {
    this.compression = compression;
    this.#step = stepOf(compression);
    this.#probabilities = probabilities;
  }

  /** NaN is left out. **Errors:** `PlanError` "not-a-number" for what is no number. */
  add(value: unknown): void {
    if (typeof value !== "number") {
      throw new PlanError(
        `Quantiles are of numbers, got ${value === null ? "null" : typeof value}: map rows to numbers first.`,
        {
          code: "not-a-number",
          details: { got: value },
        },
      );
    }
    if (Number.isNaN(value)) return;
    const mean = value + 0; // -0 becomes 0
    this.#take({ mean, weight: 1 });
    this.#least = Math.min(this.#least, mean);
    this.#greatest = Math.max(this.#greatest, mean);
  }

  merge(bytes: Uint8Array): void {
    checkHead(bytes, headOf(this.compression));
    if (bytes.length < CENTROIDS_OFFSET || (bytes.length - CENTROIDS_OFFSET) % CENTROID_BYTES !== 0) {
      throw invalid("The bytes of a t-digest were cut", { byteLength: bytes.length });
    }
    const view = viewOf(bytes);
    this.#least = Math.min(this.#least, view.getFloat64(HEAD_BYTES + 8, true));
    this.#greatest = Math.max(this.#greatest, view.getFloat64(HEAD_BYTES + 16, true));
    for (let at = CENTROIDS_OFFSET; at < bytes.length; at += CENTROID_BYTES) {
      this.#take({ mean: view.getFloat64(at, true), weight: view.getFloat64(at + 8, true) });
    }
  }

  toBytes(): Uint8Array {
    this.#compress();
    const bytes = withHead(headOf(this.compression), CENTROIDS_OFFSET + this.#centroids.length * CENTROID_BYTES);
    const view = viewOf(bytes);
    view.setFloat64(HEAD_BYTES, this.#count, true);
    view.setFloat64(HEAD_BYTES + 8, this.#least, true);
    view.setFloat64(HEAD_BYTES + 16, this.#greatest, true);
    for (const [index, { mean, weight }] of this.#centroids.entries()) {
      view.setFloat64(CENTROIDS_OFFSET + index * CENTROID_BYTES, mean, true);
      view.setFloat64(CENTROIDS_OFFSET + index * CENTROID_BYTES + 8, weight, true);
    }
    return bytes;
  }

  /** The quantiles in the order of the probabilities; none where there were no numbers. */
  result(): number[] {
    this.#compress();
    return this.#count === 0 ? [] : this.#probabilities.map((probability) => this.#quantile(probability));
  }

  #take(centroid: Centroid): void {
    this.#buffered.push(centroid);
    this.#count += centroid.weight;
    if (this.#buffered.length >= BUFFERED_PER_CENTROID * this.compression) this.#compress();
  }

  #compress(): void {
    if (this.#buffered.length === 0) return;
    const all = [...this.#centroids, ...this.#buffered].sort((a, b) => ascending(a.mean, b.mean));
    this.#buffered.length = 0;
    const merged: Centroid[] = [];
    let last = all[0]!;
    let before = 0;
    let limit = this.#limitAfter(before);
    for (const next of all.slice(1)) {
      const canMerge =
        before + last.weight + next.weight <= limit && (last.mean === next.mean || areFinite(last, next));
      if (canMerge) {
        last = together(last, next);
        continue;
      }
      merged.push(last);
      before += last.weight;
      limit = this.#limitAfter(before);
      last = next;
    }
    merged.push(last);
    this.#centroids = merged;
  }

  /** How many of the numbers lie below the end of a centroid that begins after `before` of them. */
  #limitAfter(before: number): number {
    const { sine, cosine } = this.#step;
    const x = Math.min(1, (2 * before) / this.#count - 1);
    return x >= cosine ? this.#count : (this.#count * (x * cosine + Math.sqrt(1 - x * x) * sine + 1)) / 2;
  }

  /** A centroid of one number is that number; the mean of more lies in the middle of them, and between two such there is a line. */
  #quantile(probability: number): number {
    const rank = probability * this.#count;
    let at = this.#least;
    let atRank = 0;
    let before = 0;
    for (const { mean, weight } of this.#centroids) {
      if (weight === 1 && rank >= before && rank < before + 1) return mean;
      const middle = before + weight / 2;
      if (rank < middle) return between(at, mean, (rank - atRank) / (middle - atRank));
      // From a single number on its own share ends, from others their middle.
      atRank = weight === 1 ? before + 1 : middle;
      at = mean;
      before += weight;
    }
    return rank >= this.#count ? this.#greatest : between(at, this.#greatest, (rank - atRank) / (this.#count - atRank));
  }
}

function headOf(compression: number): Head {
  return { kind: KIND, version: VERSION, parameter: compression };
}

/** Sine and cosine of one step of the scale function: sin(asin(x) + step) is x cosine + sqrt(1 - x^2) sine. */
interface Step {
  readonly sine: number;
  readonly cosine: number;
}

/** By their series, as what `Math.sin` gives is not the same everywhere; a step is less than a third. */
function stepOf(compression: number): Step {
  const angle = (2 * Math.PI) / compression;
  let [sine, cosine, term] = [0, 0, 1];
  for (let power = 1; power < SERIES_TERMS; power += 2) {
    cosine += term;
    term *= angle / power;
    sine += term;
    term *= -angle / (power + 1);
  }
  return { sine, cosine };
}

function areFinite(a: Centroid, b: Centroid): boolean {
  return Number.isFinite(a.mean) && Number.isFinite(b.mean);
}

function together(a: Centroid, b: Centroid): Centroid {
  const weight = a.weight + b.weight;
  return { mean: a.mean === b.mean ? a.mean : between(a.mean, b.mean, b.weight / weight), weight };
}

/** A share of the way from a to b, both included, whatever their size. */
function between(a: number, b: number, share: number): number {
  if (a === b || share <= 0) return a;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return share < 0.5 ? a : b;
  return Math.min(Math.max(a * (1 - share) + b * share, a), b);
}

function ascending(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
