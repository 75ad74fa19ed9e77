import type { NarrowOperator, Placement, Sink } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { lambdaError, UserFunction } from "./lambda.js";

/** The rows for which a function returns something truthy. */
export class FilterOperator implements NarrowOperator {
  readonly name: string;
  readonly #origin: Origin;
  readonly #fn: UserFunction<(row: unknown) => unknown>;

  constructor(origin: Origin, fn: (row: unknown) => unknown) {
    this.name = origin.name;
    this.#origin = origin;
    this.#fn = new UserFunction(origin, fn);
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
    const origin = this.#origin;
    const { push } = next;
    return {
      push: (row) => {
        let keep: unknown;
        try {
          keep = fn(row);
        } catch (error) {
          throw lambdaError(origin, row, error);
        }
        if (keep) push(row);
      },
      end: () => next.end(),
    };
  }
}
