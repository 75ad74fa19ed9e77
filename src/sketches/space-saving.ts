/**
 * Space-Saving: the values that are there most often, with `capacity` counters.
 *
 *     head (sketch.ts)    kind 3, version 1; parameter: capacity modulo 65536
 *     rows                `encodeRows`: capacity, least count that was replaced, then a pair [value, count] for each counter, in the order of the heap
 *
 * A value without a counter takes over that with the least count, and that count. So a count is never too small, and too great by that least count at most, which is
 * n / capacity at most; each value that is there more often than that has a counter. A merge adds to the count of a value which only one side has the least that the other one may
 * have missed, and keeps the greatest: the bound stays n / capacity of all n values. With no more values than counters all is exact.
 *
 * **Source:** Metwally, Agrawal and El Abbadi, "Efficient computation of frequent and top-k elements in data streams", ICDT 2005; the merge: Agarwal et al.,
 * "Mergeable summaries", PODS 2012, and Cafaro, Pulimeno and Tempesta, "A parallel space saving algorithm for frequent items and the Hurwitz zeta distribution",
 * Information Sciences 329 (2016).
 */
import { decodeRows, encodeRows } from "../block/codec.js";
import { encodeKey, isPrimitiveKey } from "../block/key.js";
import {
  checkHead,
  checkNumber,
  HEAD_BYTES,
  type Head,
  invalid,
  type Sketch,
  type SketchKind,
  withHead,
} from "./sketch.js";

/** How exact the most frequent values are found. */
export interface ApproxTopKOptions {
  /** Counters, from k to 1,000,000: a count is too great by the number of values, divided by this, at most. Default: ten times k, 1000 at least. */
  capacity?: number;
}

const K_MAX = 100_000;
const CAPACITY_MAX = 1_000_000;
const CAPACITY_PER_K = 10;
const CAPACITY_MIN = 1000;
const KIND = 3;
const VERSION = 1;

interface Counter {
  value: unknown;
  key: unknown;
  count: number;
  /** In the heap. */
  place: number;
}

/** The kind that gives the first `k` values. **Errors:** `ConfigError` "invalid-option". */
export function spaceSaving<T>(
  method: string,
  k: number,
  options: ApproxTopKOptions = {},
): SketchKind<Array<[T, number]>> {
  checkNumber(`k of ${method}`, k, { least: 1, most: K_MAX, isWhole: true });
  const { capacity = Math.max(CAPACITY_MIN, CAPACITY_PER_K * k) } = options;
  checkNumber(`The capacity of ${method}`, capacity, { least: k, most: CAPACITY_MAX, isWhole: true });
  return {
    algorithm: "Space-Saving",
    parameters: [`${k} of ${capacity} counters`],
    make: () => new SpaceSaving<T>(k, capacity),
  };
}

export class SpaceSaving<T> implements Sketch<Array<[T, number]>> {
  readonly k: number;
  readonly capacity: number;
  /** The counter with the least count first; those at 2 i + 1 and 2 i + 2 have no less than that at i. */
  #heap: Counter[] = [];
  #byKey = new Map<unknown, Counter>();
  /** What a value without a counter may have at most. */
  #missed = 0;

  constructor(k: number, capacity: number) {
    this.k = k;
    this.capacity = capacity;
  }

  add(value: unknown): void {
    const key = keyOf(value);
    const counter = this.#byKey.get(key);
    if (counter) {
      counter.count++;
      this.#sink(counter);
    } else if (this.#heap.length < this.capacity) {
      this.#push(value, key, 1);
    } else {
      const least = this.#heap[0]!;
      this.#missed = least.count;
      this.#byKey.delete(least.key);
      this.#byKey.set(key, least);
      least.value = value;
      least.key = key;
      least.count++;
      this.#sink(least);
    }
  }

  merge(bytes: Uint8Array): void {
    checkHead(bytes, this.#head());
    const [capacity, theirMissed, ...pairs] = decodeRows(bytes.subarray(HEAD_BYTES)) as [
      number,
      number,
      ...Array<[unknown, number]>,
    ];
    if (capacity !== this.capacity) throw invalid("Summaries merge where they have as many counters", { capacity });
    // Counts of a side are n at most in all, and none is less than what it missed (0 where counters are free). So both hold of the merge too: for a value that
    // only one side counts the other one has a counter, of at least what it missed, that is not among the kept.
    const ourMissed = this.#missed;
    const counts = new Map<unknown, { value: unknown; key: unknown; count: number }>();
    for (const { value, key, count } of this.#heap) counts.set(key, { value, key, count: count + theirMissed });
    for (const [value, count] of pairs) {
      const key = keyOf(value);
      const known = counts.get(key);
      if (known) known.count += count - theirMissed;
      else counts.set(key, { value, key, count: count + ourMissed });
    }
    // Stable: of equal counts those that were here first stay.
    const sorted = [...counts.values()].sort((a, b) => b.count - a.count);
    this.#missed = Math.max(ourMissed + theirMissed, sorted[this.capacity]?.count ?? 0);
    this.#heap = [];
    this.#byKey = new Map();
    const kept = sorted.slice(0, this.capacity).reverse();
    for (const { value, key, count } of kept) this.#push(value, key, count);
  }

  toBytes(): Uint8Array {
    const rows = encodeRows([this.capacity, this.#missed, ...this.#heap.map(({ value, count }) => [value, count])]);
    const bytes = withHead(this.#head(), HEAD_BYTES + rows.length);
    bytes.set(rows, HEAD_BYTES);
    return bytes;
  }

  /** The `k` values with the greatest counts, the greatest first. */
  result(): Array<[T, number]> {
    const sorted = [...this.#heap].sort((a, b) => b.count - a.count);
    return sorted.slice(0, this.k).map(({ value, count }) => [value as T, count]);
  }

  #head(): Head {
    return { kind: KIND, version: VERSION, parameter: this.capacity % 65_536 };
  }

  #push(value: unknown, key: unknown, count: number): void {
    const counter: Counter = { value, key, count, place: this.#heap.length };
    this.#byKey.set(key, counter);
    this.#heap.push(counter);
    this.#rise(counter);
  }

  #rise(counter: Counter): void {
    while (counter.place > 0) {
      const above = this.#heap[(counter.place - 1) >> 1]!;
      if (above.count <= counter.count) return;
      this.#swap(above, counter);
    }
  }

  #sink(counter: Counter): void {
    for (;;) {
      const left = this.#heap[2 * counter.place + 1];
      const right = this.#heap[2 * counter.place + 2];
      const below = right !== undefined && right.count < left!.count ? right : left;
      if (below === undefined || below.count >= counter.count) return;
      this.#swap(counter, below);
    }
  }

  #swap(above: Counter, below: Counter): void {
    const { place } = above;
    above.place = below.place;
    below.place = place;
    this.#heap[above.place] = above;
    this.#heap[below.place] = below;
  }
}

/** What tells a value from others: itself or, of what is no primitive, a text that is marked, as are the strings that begin like one. */
function keyOf(value: unknown): unknown {
  if (typeof value === "string") return value.charCodeAt(0) === 0 ? `\0s${value}` : value;
  return isPrimitiveKey(value) ? value : `\0${encodeKey(value)}`;
}
