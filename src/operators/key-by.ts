import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import type { Added, Sink } from "../plan/operator.js";
import { applied, isRefusal, mapTo, pair } from "./kernel-step.js";
import { lambdaError, promiseError } from "./lambda.js";
import { RowFunctionOperator } from "./row-function.js";

/** Each row as the value of a pair, whose key a function makes of it. */
export class KeyByOperator extends RowFunctionOperator<(row: unknown) => unknown> {
  addTo(rows: KernelRows): Added {
    const key = applied(rows, this.fn.lowering);
    return mapTo(rows, isRefusal(key) ? key : pair(key, rows.row), "computed in vectors");
  }

  connect(next: Sink): Sink {
    const fn = this.fn.call;
    const { push } = next;
    return {
      push: (row) => {
        let key: unknown;
        try {
          key = fn(row);
        } catch (error) {
          throw lambdaError(this.origin, row, error);
        }
        if (key instanceof Promise) throw promiseError(this.origin, row, key);
        push([key, row]);
      },
      end: () => next.end(),
    };
  }
}
