import type { KernelShape, NarrowOperator, Placement, Sink, TaskControl } from "../plan/operator.js";
import { lambdaError, shapeError, UserFunction } from "./lambda.js";

const ASCII_MAX = 0x7f;

/** The elements of what a function returns for each row. In the kernel: lines split at one ASCII character. */
export class FlatMapOperator implements NarrowOperator {
  readonly name = "flatMap";
  readonly #fn: UserFunction<(row: unknown) => Iterable<unknown>>;

  constructor(fn: (row: unknown) => Iterable<unknown>) {
    this.#fn = new UserFunction("flatMap", fn);
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
    const { push } = next;
    return {
      push: (row) => {
        let results: Iterable<unknown>;
        try {
          results = fn(row);
        } catch (error) {
          throw lambdaError("flatMap", row, error);
        }
        if (Array.isArray(results)) {
          for (let i = 0; i < results.length && !control.done; i++) push(results[i]);
          return;
        }
        if (results == null || typeof results[Symbol.iterator] !== "function") {
          throw shapeError("flatMap", row, "an iterable", results);
        }
        for (const result of iterate(results, row)) {
          push(result);
          if (control.done) return;
        }
      },
      end: () => next.end(),
    };
  }
}

/** The elements of what the user's function returned; an error inside its iterator is the function's. */
function* iterate(results: Iterable<unknown>, row: unknown): Generator<unknown> {
  const iterator = results[Symbol.iterator]();
  let finished = false;
  try {
    for (;;) {
      let step: IteratorResult<unknown>;
      try {
        step = iterator.next();
      } catch (error) {
        finished = true;
        throw lambdaError("flatMap", row, error);
      }
      if (step.done) {
        finished = true;
        return;
      }
      yield step.value;
    }
  } finally {
    if (!finished) iterator.return?.();
  }
}
