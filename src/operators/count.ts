import { refuse } from "../lowering/expression.js";
import type { Added, KernelEnd, NarrowOperator, Sink } from "../plan/operator.js";

/** One row for each partition: how many rows it has. In the kernel without looking at them. */
export class CountOperator implements NarrowOperator {
  readonly name = "count";

  prepare(): void {}

  addTo(): Added {
    return refuse("one number a partition");
  }

  endOf(): KernelEnd {
    return { kind: "count", how: "counted without decoding" };
  }

  connect(next: Sink): Sink {
    let rows = 0;
    return {
      push: () => {
        rows += 1;
      },
      end: () => {
        next.push(rows);
        next.end();
      },
    };
  }
}

/** One row for the whole partition: the sum of its rows, 0 where there is none. */
export class TotalOperator implements NarrowOperator {
  readonly name = "total";

  prepare(): void {}

  addTo(): Added {
    return refuse("adds what was counted");
  }

  connect(next: Sink): Sink {
    let total = 0;
    return {
      push: (row) => {
        total += row as number;
      },
      end: () => {
        next.push(total);
        next.end();
      },
    };
  }
}
