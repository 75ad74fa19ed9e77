import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import { type Expression, type Refusal, refuse } from "../lowering/expression.js";
import type { Added, KernelEnd, NarrowOperator, Sink } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { reduced, typeOfCombined } from "./kernel-aggregate.js";
import { lambdaError, UserFunction } from "./lambda.js";

type Reducer = (a: unknown, b: unknown) => unknown;

/** All rows of a partition as one, reduced in their order; none where there is none. */
export class FoldOperator implements NarrowOperator {
  readonly name: string;
  readonly #origin: Origin;
  readonly #fn: UserFunction<Reducer>;

  constructor(origin: Origin, fn: Reducer) {
    this.name = origin.name;
    this.#origin = origin;
    this.#fn = new UserFunction(origin, fn);
  }

  prepare(): void {
    this.#fn.prepare();
  }

  identity(): readonly string[] {
    return [this.#fn.identity];
  }

  isLike(other: NarrowOperator): boolean {
    return other instanceof FoldOperator && this.#fn.isLike(other.#fn);
  }

  get refusal(): Refusal | undefined {
    return this.#fn.refusal;
  }

  get form(): Expression | undefined {
    return this.#fn.form;
  }

  agrees(row: unknown): boolean {
    return this.#fn.agrees(row, row);
  }

  addTo(): Added {
    return refuse("one row a partition");
  }

  endOf(rows: KernelRows): KernelEnd | Refusal {
    const made = reduced(rows, this.#fn.lowering, rows.row, undefined);
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
    const fn = this.#fn.call;
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
          throw lambdaError(this.#origin, [result, row], error);
        }
      },
      end: () => {
        if (!isEmpty) next.push(result);
        next.end();
      },
    };
  }
}
