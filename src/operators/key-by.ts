import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import type { Expression, Refusal } from "../lowering/expression.js";
import type { Added, NarrowOperator, Sink } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { applied, isRefusal, mapTo, pair } from "./kernel-step.js";
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

  isLike(other: NarrowOperator): boolean {
    return other instanceof KeyByOperator && this.#fn.isLike(other.#fn);
  }

  get refusal(): Refusal | undefined {
    return this.#fn.refusal;
  }

  get form(): Expression | undefined {
    return this.#fn.form;
  }

  agrees(row: unknown): boolean {
    return this.#fn.agrees(row);
  }

  addTo(rows: KernelRows): Added {
    const key = applied(rows, this.#fn.lowering);
    return mapTo(rows, isRefusal(key) ? key : pair(key, rows.row), "computed in vectors");
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
