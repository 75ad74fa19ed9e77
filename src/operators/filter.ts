import type { Placement, Sink, TaskControl } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { type FusedStep, type FusibleOperator, fuseSteps } from "./fused.js";
import { UserFunction } from "./lambda.js";

/** The rows for which a function returns something truthy. */
export class FilterOperator implements FusibleOperator {
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

  place(): Placement {
    const { lowering } = this.#fn;
    return { runs: "javascript", why: lowering.ok ? "the kernel has no filters" : lowering.reason };
  }

  fusedStep(): FusedStep {
    return { kind: "filter", fn: this.#fn.call, origin: this.#origin };
  }

  connect(next: Sink, control: TaskControl): Sink {
    return fuseSteps([this.fusedStep()], next, control);
  }
}
