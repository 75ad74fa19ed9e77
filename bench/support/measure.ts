/** Alternating runs and what is told about them. */
import type { Ratio, Row, Target, Unit } from "./bench.js";

/** One side of a comparison. */
export interface Contender {
  readonly what: string;
  /** One run, awaited. The whole call is measured. */
  run(): unknown;
  /** The run measures itself: it returns its milliseconds. */
  readonly measuresItself?: true;
  /** Where it is so slow that fewer rounds have to do. It is warmed up by one round then. */
  readonly roundsMax?: number;
}

export interface Alternation {
  readonly rounds: number;
  /** Rounds before that are not counted. */
  readonly warmUpRounds: number;
}

/**
 * Runs A B A B ... and returns the milliseconds of each contender's counted runs. Garbage of one run is collected before the next one
 * where the runtime allows (`--expose-gc`), so that nobody pays for the other's.
 */
export async function alternate(contenders: readonly Contender[], { rounds, warmUpRounds }: Alternation) {
  const times = contenders.map((): number[] => []);
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const { roundsMax } = contender;
      if (roundsMax !== undefined && (round < -1 || round >= roundsMax)) continue;
      globalThis.gc?.();
      const begin = performance.now();
      const result = await contender.run();
      const ms = contender.measuresItself ? (result as number) : performance.now() - begin;
      if (round >= 0) times[index]!.push(ms);
    }
  }
  return times;
}

/** The middle one, or of two the mean. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export type RowDetails = Omit<Row, "what" | "unit" | "median" | "min" | "max" | "runs">;

/** The row of runs given in milliseconds. */
export function rowOfMs(what: string, ms: readonly number[], details: RowDetails = {}): Row {
  return row(what, "ms", ms, details);
}

/** The row of runs over `bytes` each, given in milliseconds. */
export function rowOfBytes(what: string, bytes: number, ms: readonly number[], details: RowDetails = {}): Row {
  const rates = ms.map((time) => bytes / 1000 / time);
  return row(what, "MB/s", rates, details);
}

/** The row of something that is so many bytes large. */
export function rowOfBytesInAll(what: string, bytes: number, details: RowDetails = {}): Row {
  return row(what, "KiB", [bytes / 1024], details);
}

function row(what: string, unit: Unit, values: readonly number[], details: RowDetails): Row {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  return { what, unit, median: median(values), min, max, runs: values.length, ...details };
}

/** How many times faster `row` is than `other`, by their medians. */
export function ratio(row: Row, other: Row, target?: Target): Ratio {
  const value = row.unit === "ms" ? other.median / row.median : row.median / other.median;
  return { to: other.what, value, ...(target && { target }) };
}

/** How many times faster the first side is: the median over the rounds in which both ran, one right after the other. */
export function ratioOfRuns(to: string, ms: readonly number[], otherMs: readonly number[], target?: Target): Ratio {
  const rounds = Math.min(ms.length, otherMs.length);
  const values = ms.slice(0, rounds).map((time, round) => otherMs[round]! / time);
  return { to, value: median(values), ...(target && { target }) };
}

/** Throws where two rows do not agree on what they computed; returns the rows. */
export function agreed(rows: Row[]): Row[] {
  const [first, ...others] = rows.filter(({ checksum }) => checksum !== undefined);
  for (const other of others) {
    if (other.checksum === first!.checksum) continue;
    throw new Error(`${first!.what} computed ${first!.checksum}, ${other.what} computed ${other.checksum}.`);
  }
  return rows;
}
