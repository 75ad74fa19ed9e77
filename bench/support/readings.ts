/** Lines of JSON with an integer key and a float: `{"key":123,"value":4.125}`. */
import { indexesFrom } from "./random.js";

export interface Reading {
  readonly key: number;
  readonly value: number;
}

export interface Readings {
  readonly rows: number;
  /** Keys are drawn from 0 up to this number. */
  readonly keys: number;
  readonly seed: number;
}

/** Values are eighths from 0 up to 10,000, so that a sum is the same in any order. */
export function readings({ rows, keys, seed }: Readings): Uint8Array {
  const index = indexesFrom(seed);
  const lines = Array.from({ length: rows }, () => `{"key":${index(keys)},"value":${index(80_000) / 8}}\n`);
  return new TextEncoder().encode(lines.join(""));
}
