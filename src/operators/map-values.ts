import type { KernelRows, KernelValue } from "../lowering/compile/kernel-rows.js";
import type { Added, NarrowOperator, Sink, TaskControl } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { applied, isRefusal, mapTo, pair, pairOf } from "./kernel-step.js";
import { asPair, iterate, lambdaError, promiseError } from "./lambda.js";
import { RowFunctionOperator } from "./row-function.js";

type ValueFunction = (value: unknown) => unknown;

/** Pairs with the same keys and other values: one for each value, or one for each element of what the function returns. */
export class MapValuesOperator extends RowFunctionOperator<ValueFunction> {
  readonly #flat: boolean;

  constructor(origin: Origin, fn: ValueFunction, { flat }: { flat: boolean }) {
    super(origin, fn);
    this.#flat = flat;
  }

  override identity(): readonly string[] {
    return [this.#flat ? "one for each element" : "one for each", ...super.identity()];
  }

  override isLike(other: NarrowOperator): boolean {
    return other instanceof MapValuesOperator && other.#flat === this.#flat && super.isLike(other);
  }

  override agrees(row: unknown): boolean {
    return !Array.isArray(row) || this.fn.agrees(row[1]);
  }

  addTo(rows: KernelRows): Added {
    const parts = pairOf(rows.row);
    if (isRefusal(parts)) return parts;
    const [key, value] = parts as readonly [KernelValue, KernelValue];
    const result = applied(rows, this.fn.lowering, [value]);
    if (isRefusal(result)) return result;
    if (!this.#flat) return mapTo(rows, pair(key, result), "computed in vectors");
    const refusal = rows.expand(result);
    return refusal ?? mapTo(rows, pair(key, rows.row), "expanded in vectors");
  }

  connect(next: Sink, control: TaskControl): Sink {
    const fn = this.fn.call;
    const origin = this.origin;
    const { push } = next;
    const call = (row: unknown, pair: readonly [unknown, unknown]): unknown => {
      let result: unknown;
      try {
        result = fn(pair[1]);
      } catch (error) {
        throw lambdaError(origin, row, error);
      }
      if (result instanceof Promise) throw promiseError(origin, row, result);
      return result;
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
