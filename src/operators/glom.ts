import { refuse } from "../lowering/expression.js";
import type { Added, NarrowOperator, Sink } from "../plan/operator.js";

/** One row for each partition: the array of its rows. */
export class GlomOperator implements NarrowOperator {
  readonly name = "glom";

  prepare(): void {}

  addTo(): Added {
    return refuse("the kernel gathers no rows");
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
