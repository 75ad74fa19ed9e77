import type { KernelShape, Placement, Sink, TaskControl } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { type FusedStep, type FusibleOperator, fuseSteps } from "./fused.js";
import { UserFunction } from "./lambda.js";

const ASCII_MAX = 0x7f;

/** The elements of what a function returns for each row. In the kernel: lines split at one ASCII character. */
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

  place(shape: KernelShape): Placement {
    const { lowering } = this.#fn;
    if (!lowering.ok) return { runs: "javascript", why: lowering.reason };
    const { expression } = lowering;
    const splitsRow = expression.kind === "split" && expression.of.kind === "parameter" && expression.of.index === 0;
    if (!splitsRow) return { runs: "javascript", why: "the kernel splits a text only" };
    const { separator } = expression;
    if (separator.length !== 1 || separator.charCodeAt(0) > ASCII_MAX) {
      return {
        runs: "javascript",
        why: `the kernel splits at one ASCII character, not at ${JSON.stringify(separator)}`,
      };
    }
    const code = separator.charCodeAt(0);
    if (shape.kind !== "text" || shape.value !== undefined) {
      return { runs: "javascript", why: "the rows are not lines of text" };
    }
    if (shape.separator !== undefined && shape.separator !== code) {
      return { runs: "javascript", why: "the lines are split at another character already" };
    }
    return { runs: "kernel", shape: { ...shape, separator: code }, how: `split at ${JSON.stringify(separator)}` };
  }

  fusedStep(): FusedStep {
    return { kind: "flatMap", fn: this.#fn.call, origin: this.#origin };
  }

  connect(next: Sink, control: TaskControl): Sink {
    return fuseSteps([this.fusedStep()], next, control);
  }
}
