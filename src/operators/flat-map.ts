import type { KernelShape, NarrowOperator, Placement, Sink, TaskControl } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { iterate, lambdaError, UserFunction } from "./lambda.js";

const ASCII_MAX = 0x7f;

/** The elements of what a function returns for each row. In the kernel: lines split at one ASCII character. */
export class FlatMapOperator implements NarrowOperator {
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

  connect(next: Sink, control: TaskControl): Sink {
    const fn = this.#fn.call;
    const origin = this.#origin;
    const { push } = next;
    return {
      push: (row) => {
        let results: Iterable<unknown>;
        try {
          results = fn(row);
        } catch (error) {
          throw lambdaError(origin, row, error);
        }
        if (Array.isArray(results)) {
          for (let i = 0; i < results.length && !control.done; i++) push(results[i]);
          return;
        }
        for (const result of iterate(origin, results, row)) {
          push(result);
          if (control.done) return;
        }
      },
      end: () => next.end(),
    };
  }
}
