import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import { refuse } from "../lowering/expression.js";
import type { Added, NarrowOperator, Sink, TaskControl } from "../plan/operator.js";

/** Rows through a function of the library's own, which may give each row none, one or several. */
export class OwnOperator implements NarrowOperator {
  readonly name: string;
  readonly #each: (row: unknown, push: (row: unknown) => void, control: TaskControl) => void;
  readonly #inKernel: ((rows: KernelRows) => Added) | undefined;

  /** `inKernel` is its form there. */
  constructor(
    name: string,
    each: (row: unknown, push: (row: unknown) => void, control: TaskControl) => void,
    inKernel?: (rows: KernelRows) => Added,
  ) {
    this.name = name;
    this.#each = each;
    this.#inKernel = inKernel;
  }

  prepare(): void {}

  addTo(rows: KernelRows): Added {
    return this.#inKernel?.(rows) ?? refuse("the kernel has no such operator");
  }

  connect(next: Sink, control: TaskControl): Sink {
    const each = this.#each;
    const { push } = next;
    return { push: (row) => each(row, push, control), end: () => next.end() };
  }
}
