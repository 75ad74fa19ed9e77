import type { NarrowOperator, Placement, Sink } from "../plan/operator.js";
import { lambdaError, UserFunction } from "./lambda.js";

/** The rows for which a function returns something truthy. */
export class FilterOperator implements NarrowOperator {
  readonly name = "filter";
  readonly #fn: UserFunction<(row: unknown) => unknown>;

  constructor(fn: (row: unknown) => unknown) {
    this.#fn = new UserFunction("filter", fn);
  }

  prepare(): void {
    this.#fn.prepare();
  }

  place(): Placement {
    const { lowering } = this.#fn;
    return { runs: "javascript", why: lowering.ok ? "the kernel has no filters" : lowering.reason };
  }

  connect(next: Sink): Sink {
    const fn = this.#fn.call;
    const { push } = next;
    return {
      push: (row) => {
        let keep: unknown;
        try {
          keep = fn(row);
        } catch (error) {
          throw lambdaError("filter", row, error);
        }
        if (keep) push(row);
      },
      end: () => next.end(),
    };
  }
}
