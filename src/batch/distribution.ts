/** How some figures are distributed: their mean, and the values below which so many percent of them lie. */
export interface Distribution {
  /** How many figures there are. */
  readonly count: number;
  /** Their sum, divided by their number. */
  readonly mean: number;
  /** The least. */
  readonly min: number;
  /** 5 % are not above this one; and so on. */
  readonly p5: number;
  /** 10 %. */
  readonly p10: number;
  /** 25 %. */
  readonly p25: number;
  /** 50 %: the median. */
  readonly p50: number;
  /** 75 %. */
  readonly p75: number;
  /** 90 %. */
  readonly p90: number;
  /** 95 %. */
  readonly p95: number;
  /** The greatest. */
  readonly max: number;
}

/** The distribution of `figures`, in any order; undefined where there are none. **Source:** apache/spark `Distribution.getQuantiles`. */
export function distributionOf(figures: readonly number[]): Distribution | undefined {
  const count = figures.length;
  if (count === 0) return undefined;
  const sorted = Float64Array.from(figures).sort();
  const at = (percent: number) => sorted[Math.min(Math.floor((percent * count) / 100), count - 1)]!;
  return {
    count,
    mean: sorted.reduce((sum, figure) => sum + figure, 0) / count,
    min: at(0),
    p5: at(5),
    p10: at(10),
    p25: at(25),
    p50: at(50),
    p75: at(75),
    p90: at(90),
    p95: at(95),
    max: at(100),
  };
}

/** The last figures, so many at most. */
export class LastFigures {
  readonly #countMax: number;
  readonly #figures: number[] = [];
  #next = 0;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  add(figure: number): void {
    this.#figures[this.#next] = figure;
    this.#next = (this.#next + 1) % this.#countMax;
  }

  distribution(): Distribution | undefined {
    return distributionOf(this.#figures);
  }
}
