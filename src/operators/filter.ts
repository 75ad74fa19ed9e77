import type { NarrowOperator, Placement, Sink } from "../plan/operator.js";
import { lambdaError } from "./lambda.js";

/** The rows for which a function returns something truthy. */
export class FilterOperator implements NarrowOperator {
  readonly name = "filter";
  readonly #fn: (row: unknown) => unknown;

  constructor(fn: (row: unknown) => unknown) {
    this.#fn = fn;
  }

  place(): Placement {
    return { runs: "javascript", why: "filters run as JavaScript" };
  }

  connect(next: Sink): Sink {
    const fn = this.#fn;
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
