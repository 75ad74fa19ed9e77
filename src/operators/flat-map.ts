import type { Expression } from "../lowering/expression.js";
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

  identity(): readonly string[] {
    return [this.#fn.identity];
  }

  place(shape: KernelShape): Placement {
    const { lowering } = this.#fn;
    if (!lowering.ok) return { runs: "javascript", why: lowering.reason };
    const { expression } = lowering;
    const separator = rowSeparator(expression);
    if (separator === undefined) return { runs: "javascript", why: "the kernel splits a text only" };
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

/** What an expression splits its first parameter at, if that is all that it does. */
function rowSeparator(expression: Expression): string | undefined {
  if (expression.kind !== "method" || expression.name !== "split") return undefined;
  const { of, args } = expression;
  const [separator, ...others] = args;
  if (of.kind !== "parameter" || of.index !== 0 || others.length > 0 || separator?.kind !== "literal") return undefined;
  return typeof separator.value === "string" ? separator.value : undefined;
}
