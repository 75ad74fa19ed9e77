/** What the tasks of one kind of stage took. */
export interface StageMetrics {
  /** The stage in words: an operator, `"reduceByKey, map side"`; `"result"` is what an action makes of rows, with all that is fused into it. */
  readonly stage: string;
  /** Tasks that have run. */
  readonly tasks: number;
  /** Rows that they made, where they are known without counting: of shuffles, states and what is kept. */
  readonly rows: number;
  /** Time that they took in all, in ms of the host; tasks of one round in the kernel are counted as one run. */
  readonly timeMs: number;
}

type Counted = { -readonly [K in keyof StageMetrics]: StageMetrics[K] };

/** Counts tasks by stage: once for each task, never for each row. */
export class StageTimes {
  readonly #stages = new Map<string, Counted>();

  add(stage: string, tasks: number, rows: number, timeMs: number): void {
    let counted = this.#stages.get(stage);
    if (counted === undefined) {
      counted = { stage, tasks: 0, rows: 0, timeMs: 0 };
      this.#stages.set(stage, counted);
    }
    counted.tasks += tasks;
    counted.rows += rows;
    counted.timeMs += timeMs;
  }

  /** In the order in which the stages ran first. */
  snapshot(): StageMetrics[] {
    return Array.from(this.#stages.values(), (counted) => ({ ...counted }));
  }
}
