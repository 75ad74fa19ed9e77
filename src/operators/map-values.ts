import type { NarrowOperator, Placement, Sink, TaskControl } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { asPair, iterate, lambdaError, UserFunction } from "./lambda.js";

type ValueFunction = (value: unknown) => unknown;

/** Pairs with the same keys and other values: one for each value, or one for each element of what the function returns. */
export class MapValuesOperator implements NarrowOperator {
  readonly name: string;
  readonly #origin: Origin;
  readonly #fn: UserFunction<ValueFunction>;
  readonly #flat: boolean;

  constructor(origin: Origin, fn: ValueFunction, { flat }: { flat: boolean }) {
    this.name = origin.name;
    this.#origin = origin;
    this.#fn = new UserFunction(origin, fn);
    this.#flat = flat;
  }

  prepare(): void {
    this.#fn.prepare();
  }

  identity(): readonly string[] {
    return [this.#flat ? "one for each element" : "one for each", this.#fn.identity];
  }

  place(): Placement {
    const { lowering } = this.#fn;
    return { runs: "javascript", why: lowering.ok ? "the kernel does not change values" : lowering.reason };
  }

  connect(next: Sink, control: TaskControl): Sink {
    const fn = this.#fn.call;
    const origin = this.#origin;
    const { push } = next;
    const call = (row: unknown, pair: readonly [unknown, unknown]): unknown => {
      try {
        return fn(pair[1]);
      } catch (error) {
        throw lambdaError(origin, row, error);
      }
    };
    return {
      push: this.#flat
        ? (row) => {
            const pair = asPair(origin, row);
            const results = call(row, pair) as Iterable<unknown>;
            for (const value of iterate(origin, results, row)) {
              push([pair[0], value]);
              if (control.done) return;
            }
          }
        : (row) => {
            const pair = asPair(origin, row);
            push([pair[0], call(row, pair)]);
          },
      end: () => next.end(),
    };
  }
}
