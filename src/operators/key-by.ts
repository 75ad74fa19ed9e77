import type { NarrowOperator, Placement, Sink } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { lambdaError, UserFunction } from "./lambda.js";

type KeyFunction = (row: unknown) => unknown;

/** Each row as the value of a pair, whose key a function makes of it. */
export class KeyByOperator implements NarrowOperator {
  readonly name: string;
  readonly #origin: Origin;
  readonly #fn: UserFunction<KeyFunction>;

  constructor(origin: Origin, fn: KeyFunction) {
    this.name = origin.name;
    this.#origin = origin;
    this.#fn = new UserFunction(origin, fn);
  }

  prepare(): void {
    this.#fn.prepare();
  }

  place(): Placement {
    const { lowering } = this.#fn;
    return { runs: "javascript", why: lowering.ok ? "the kernel has no rows as values" : lowering.reason };
  }

  connect(next: Sink): Sink {
    const fn = this.#fn.call;
    const { push } = next;
    return {
      push: (row) => {
        let key: unknown;
        try {
          key = fn(row);
        } catch (error) {
          throw lambdaError(this.#origin, row, error);
        }
        push([key, row]);
      },
      end: () => next.end(),
    };
  }
}
