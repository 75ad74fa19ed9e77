import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import type { Expression, Refusal } from "../lowering/expression.js";
import type { Added, NarrowOperator, Sink, TaskControl } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { type FusedStep, type FusibleOperator, fuseSteps } from "./fused.js";
import { applied, isRefusal } from "./kernel-step.js";
import { UserFunction } from "./lambda.js";

/** The elements of what a function returns for each row. */
export class FlatMapOperator implements FusibleOperator {
  readonly name: string;
  readonly #origin: Origin;
  readonly #fn: UserFunction<(row: unknown) => Iterable<unknown>>;

  constructor(origin: Origin, fn: (row: unknown) => Iterable<unknown>) {
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
    return other instanceof FlatMapOperator && this.#fn.isLike(other.#fn);
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
    const list = applied(rows, this.#fn.lowering);
    if (isRefusal(list)) return list;
    return rows.expand(list) ?? { ok: true, how: "expanded in vectors" };
  }

  fusedStep(): FusedStep {
    return { kind: "flatMap", fn: this.#fn.call, origin: this.#origin };
  }

  connect(next: Sink, control: TaskControl): Sink {
    return fuseSteps([this.fusedStep()], next, control);
  }
}
