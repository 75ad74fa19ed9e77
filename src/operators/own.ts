import type { NarrowOperator, Placement, Sink, TaskControl } from "../plan/operator.js";

/** Rows through a function of the library's own, which may give each row none, one or several. */
export class OwnOperator implements NarrowOperator {
  readonly name: string;
  readonly #each: (row: unknown, push: (row: unknown) => void, control: TaskControl) => void;

  constructor(name: string, each: (row: unknown, push: (row: unknown) => void, control: TaskControl) => void) {
    this.name = name;
    this.#each = each;
  }

  prepare(): void {}

  place(): Placement {
    return { runs: "javascript", why: "the kernel has no such operator" };
  }

  connect(next: Sink, control: TaskControl): Sink {
    const each = this.#each;
    const { push } = next;
    return { push: (row) => each(row, push, control), end: () => next.end() };
  }
}
