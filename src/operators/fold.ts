import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import type { Added, KernelEnd, Sink } from "../plan/operator.js";
import { reduced, typeOfCombined } from "./kernel-aggregate.js";
import { lambdaError, promiseError } from "./lambda.js";
import { RowFunctionOperator } from "./row-function.js";

type Reducer = (a: unknown, b: unknown) => unknown;

/** All rows of a partition as one, reduced in their order; none where there is none. */
export class FoldOperator extends RowFunctionOperator<Reducer> {
  override agrees(row: unknown): boolean {
    return this.fn.agrees(row, row);
  }

  addTo(): Added {
    return refuse("one row a partition");
  }

  endOf(rows: KernelRows): KernelEnd | Refusal {
    const made = reduced(rows, this.fn.lowering, rows.row, undefined);
    if ("ok" in made) return made;
    const { aggregates, folded } = made;
    return {
      kind: "group",
      key: undefined,
      aggregates,
      ...(folded && { folded }),
      type: typeOfCombined(made),
      how: folded ? "reduced row by row" : "reduced in vectors",
    };
  }

  connect(next: Sink): Sink {
    const fn = this.fn.call;
    let isEmpty = true;
    let result: unknown;
    return {
      push: (row) => {
        if (isEmpty) {
          isEmpty = false;
          result = row;
          return;
        }
        try {
          result = fn(result, row);
        } catch (error) {
          throw lambdaError(this.origin, [result, row], error);
        }
      },
      end: () => {
        if (result instanceof Promise) throw promiseError(this.origin, "all rows", result);
        if (!isEmpty) next.push(result);
        next.end();
      },
    };
  }
}
