import type { KernelShape, Placement, Sink, TaskControl } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { type FusedStep, type FusibleOperator, fuseSteps } from "./fused.js";
import { UserFunction } from "./lambda.js";

/** One row for each row. In the kernel: a piece of text paired with a constant number. */
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

  place(shape: KernelShape): Placement {
    const { lowering } = this.#fn;
    if (!lowering.ok) return { runs: "javascript", why: lowering.reason };
    const { expression } = lowering;
    if (shape.kind === "text" && shape.value === undefined && expression.kind === "tuple") {
      const [key, value, ...rest] = expression.items;
      const isPair = key?.kind === "parameter" && key.index === 0 && value?.kind === "literal" && rest.length === 0;
      if (isPair && typeof value.value === "number") {
        return { runs: "kernel", shape: { ...shape, value: value.value }, how: `pairs of the text and ${value.value}` };
      }
    }
    return { runs: "javascript", why: "the kernel makes pairs of a text and a number only" };
  }

  fusedStep(): FusedStep {
    return { kind: "map", fn: this.#fn.call, origin: this.#origin };
  }

  connect(next: Sink, control: TaskControl): Sink {
    return fuseSteps([this.fusedStep()], next, control);
  }
}
