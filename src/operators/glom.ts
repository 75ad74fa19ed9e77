import type { NarrowOperator, Placement, Sink } from "../plan/operator.js";

/** One row for each partition: the array of its rows. */
export class GlomOperator implements NarrowOperator {
  readonly name = "glom";

  prepare(): void {}

  place(): Placement {
    return { runs: "javascript", why: "makes arrays of rows" };
  }

  connect(next: Sink): Sink {
    const rows: unknown[] = [];
    return {
      push: (row) => rows.push(row),
      end: () => {
        next.push(rows);
        next.end();
      },
    };
  }
}
