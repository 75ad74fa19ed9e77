import { PlanError } from "../errors.js";
import type { Duration } from "../time/duration.js";
import { coalesced, type Dataset, narrowed, shuffled, united } from "./dataset.js";
import type { KernelShape, NarrowOperator, ShuffleOperator } from "./operator.js";
import type { BatchScope } from "./scope.js";

/** What a stream does at each batch time: an immutable description. */
export type StreamOperator =
  | {
      readonly kind: "input";
      readonly name: string;
      readonly shape: KernelShape;
      readonly about: string;
      /** Its rows may be JavaScript values: a stage that is placed in the kernel runs there only if they are strings that can be lines. */
      readonly holdsRows: boolean;
      readonly input: BatchInput;
    }
  | { readonly kind: "narrow"; readonly operator: NarrowOperator }
  | { readonly kind: "shuffle"; readonly operator: ShuffleOperator }
  | { readonly kind: "count"; readonly each: NarrowOperator; readonly total: NarrowOperator }
  | { readonly kind: "union" };

/** Where the batches of an input stream come from. */
export interface BatchInput {
  /**
   * Takes what has arrived as the batch of `scope`, before it returns or, where that means to look outside (at a folder), before the promise resolves;
   * undefined is no batch, which is not an empty one.
   */
  take(scope: BatchScope): Dataset | undefined | Promise<Dataset | undefined>;
}

/**
 * A stream in the graph: yields for each batch time at most one dataset, computed once and remembered until the batch is forgotten.
 */
export class StreamNode {
  readonly id: number;
  readonly operator: StreamOperator;
  readonly parents: readonly StreamNode[];
  readonly slideDuration: Duration;
  label: string | undefined;
  readonly #computed = new Map<number, Dataset | undefined>();

  constructor(id: number, operator: StreamOperator, parents: readonly StreamNode[], slideDuration: Duration) {
    this.id = id;
    this.operator = operator;
    this.parents = parents;
    this.slideDuration = slideDuration;
  }

  /** The kind of operator in Spark's words. */
  get name(): string {
    const { operator } = this;
    if (operator.kind === "input") return operator.name;
    return operator.kind === "narrow" || operator.kind === "shuffle" ? operator.operator.name : operator.kind;
  }

  /** Called when the graph starts. */
  prepare(): void {
    const { operator } = this;
    if (operator.kind === "narrow" || operator.kind === "shuffle") operator.operator.prepare();
  }

  /** The batch of `scope`, or undefined where there is none. */
  at(scope: BatchScope): Dataset | undefined {
    const { time } = scope.batch;
    if (!this.#computed.has(time)) this.#computed.set(time, this.#compute(scope));
    return this.#computed.get(time);
  }

  forget(time: number): void {
    this.#computed.delete(time);
  }

  #compute(scope: BatchScope): Dataset | undefined {
    const { operator } = this;
    if (operator.kind === "input") return operator.input.take(scope);
    if (operator.kind === "union") return united(this.parents.map((parent) => this.#needed(parent, scope)));
    const parent = this.parents[0]!.at(scope);
    if (parent === undefined) return undefined;
    switch (operator.kind) {
      case "narrow":
        return narrowed(parent, operator.operator);
      case "shuffle":
        return shuffled(parent, operator.operator);
      case "count":
        return narrowed(coalesced(narrowed(parent, operator.each)), operator.total);
    }
  }

  #needed(parent: StreamNode, scope: BatchScope): Dataset {
    const dataset = parent.at(scope);
    if (dataset) return dataset;
    const { time } = scope.batch;
    throw new PlanError(
      `Could not generate RDD from a parent for unifying at time ${time} ms: ${parent.name} had no batch. Give it an empty batch instead.`,
      { code: "no-batch", details: { operator: this.name, parent: parent.name, time } },
    );
  }
}
