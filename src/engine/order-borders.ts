import type { FrameBlock } from "../block/block.js";
import { cellsOf, type FrameReader } from "../block/row-decoder.js";
import type { OrderKey } from "../kernel/order-key.js";
import { compareAscending, compareDescending } from "../operators/ordering.js";

/** Rows of a frame. */
export interface FramePart {
  readonly frame: FrameBlock;
  readonly begin: number;
  readonly end: number;
}

/** The rows of frames of one task, which are in order. */
class Run {
  readonly rows: number;
  readonly #frames: readonly FrameBlock[];
  /** Of each frame the rows before it. */
  readonly #before: readonly number[];
  readonly #cells: Array<((row: number) => unknown) | undefined> = [];
  readonly #column: number;
  readonly #memoryOf: (home: number) => FrameReader;

  constructor(frames: readonly FrameBlock[], column: number, memoryOf: (home: number) => FrameReader) {
    let rows = 0;
    this.#before = frames.map((frame) => {
      rows += frame.rows;
      return rows - frame.rows;
    });
    this.rows = rows;
    this.#frames = frames;
    this.#column = column;
    this.#memoryOf = memoryOf;
  }

  key(row: number): unknown {
    const index = firstOf(this.#frames.length, (i) => this.#before[i]! > row) - 1;
    const { home, ptr } = this.#frames[index]!;
    this.#cells[index] ??= cellsOf(this.#memoryOf(home), ptr, this.#column);
    return this.#cells[index](row - this.#before[index]!);
  }

  /** The frames of some of the rows. */
  parts(begin: number, end: number): FramePart[] {
    const parts: FramePart[] = [];
    for (const [i, frame] of this.#frames.entries()) {
      const before = this.#before[i]!;
      const part = { frame, begin: Math.max(0, begin - before), end: Math.min(frame.rows, end - before) };
      if (part.begin < part.end) parts.push(part);
    }
    return parts;
  }
}

/**
 * Cuts runs, each in order, into partitions of one order of them all: as evenly as can be between different keys. Of each partition the rows, run by run.
 * Undefined where the keys of runs cannot be compared with each other.
 *
 * **Order:** for each border about log(rows) squared keys of each run are read. **Source:** selecting from several sorted lists by narrowing all of them around
 * the middle of one, as Varman et al., "Merging multiple lists on hierarchical-memory multiprocessors", JPDC 12 (1991), do for parallel merges.
 */
export function partitionsOfRuns(
  tasks: ReadonlyArray<readonly FrameBlock[]>,
  { column, descends }: OrderKey,
  partitionCount: number,
  memoryOf: (home: number) => FrameReader,
): FramePart[][] | undefined {
  const runs = tasks.map((frames) => new Run(frames, column, memoryOf));
  if (!areComparable(runs)) return undefined;
  const borders = new Borders(runs, descends ? compareDescending : compareAscending);
  const total = runs.reduce((sum, { rows }) => sum + rows, 0);
  const partitions: FramePart[][] = [];
  let begins = runs.map(() => 0);
  let begin = 0;
  for (let p = 0; p < partitionCount; p++) {
    const even = Math.floor(((p + 1) * total) / partitionCount);
    const ends = even > begin ? borders.behindKeyOf(even - 1) : begins;
    partitions.push(runs.flatMap((run, r) => run.parts(begins[r]!, ends[r]!)));
    begins = ends;
    begin = ends.reduce((sum, end) => sum + end, 0);
  }
  return partitions;
}

/** Whether all keys are of one class, but for those that come last; within a run they are. */
function areComparable(runs: readonly Run[]): boolean {
  const classes = new Set<string>();
  for (const run of runs) {
    const key = run.rows > 0 ? run.key(0) : undefined;
    if (key === undefined || Number.isNaN(key)) continue;
    classes.add(typeof key === "string" || typeof key === "bigint" ? typeof key : "number");
  }
  return classes.size <= 1;
}

/** Looks for rows by their place in the order of all runs; rows with equal keys are in the order of runs. */
class Borders {
  readonly #runs: readonly Run[];
  readonly #compare: (a: unknown, b: unknown) => number;

  constructor(runs: readonly Run[], compare: (a: unknown, b: unknown) => number) {
    this.#runs = runs;
    this.#compare = compare;
  }

  /** Of each run how many rows have no key behind that of the row at `place`. */
  behindKeyOf(place: number): number[] {
    const key = this.#keyAt(place);
    return this.#runs.map((run) => firstOf(run.rows, (row) => this.#compare(run.key(row), key) > 0));
  }

  #keyAt(place: number): unknown {
    const low = this.#runs.map(() => 0);
    const high = this.#runs.map(({ rows }) => rows);
    for (;;) {
      const widths = high.map((end, r) => end - low[r]!);
      const widest = widths.indexOf(Math.max(...widths));
      const middle = low[widest]! + (widths[widest]! >> 1);
      const key = this.#runs[widest]!.key(middle);
      const before = this.#runs.map((run, r) => {
        if (r === widest) return middle;
        const isBehind = (other: unknown) => this.#compare(other, key) > (r < widest ? 0 : -1);
        return firstOf(high[r]!, (row) => isBehind(run.key(row)), low[r]!);
      });
      const count = before.reduce((sum, rows) => sum + rows, 0);
      if (count === place) return key;
      for (const [r, rows] of before.entries()) {
        if (count > place) high[r] = rows;
        else low[r] = r === widest ? rows + 1 : rows;
      }
    }
  }
}

/** The first number from `low` on for which something holds that holds for all larger ones; `high` where there is none below. */
function firstOf(high: number, holds: (index: number) => boolean, low = 0): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
