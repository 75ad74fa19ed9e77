import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import type { Expression, Refusal } from "../lowering/expression.js";
import type { Added, NarrowOperator, Sink, TaskControl } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { type FusedStep, type FusibleOperator, fuseSteps } from "./fused.js";
import { applied, mapTo } from "./kernel-step.js";
import { UserFunction } from "./lambda.js";

/** One row for each row. */
export class MapOperator implements FusibleOperator {
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

  identity(): readonly string[] {
    return [this.#fn.identity];
  }

  isLike(other: NarrowOperator): boolean {
    return other instanceof MapOperator && this.#fn.isLike(other.#fn);
  }

  get refusal(): Refusal | undefined {
    return this.#fn.refusal;
  }

  get fieldsRead(): readonly string[] | undefined {
    return this.#fn.fieldsRead;
  }

  get form(): Expression | undefined {
    return this.#fn.form;
  }

  agrees(row: unknown): boolean {
    return this.#fn.agrees(row);
  }

  addTo(rows: KernelRows): Added {
    return mapTo(rows, applied(rows, this.#fn.lowering), "computed in vectors");
  }

  fusedStep(): FusedStep {
    return { kind: "map", fn: this.#fn.call, origin: this.#origin };
  }

  connect(next: Sink, control: TaskControl): Sink {
    return fuseSteps([this.fusedStep()], next, control);
  }
}
