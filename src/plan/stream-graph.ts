import { PlanError } from "../errors.js";
import type { Duration } from "../time/duration.js";
import type { Dataset } from "./dataset.js";
import type { BatchScope } from "./scope.js";
import { StreamNode, type StreamOperator } from "./stream-node.js";

/** Something done with each batch of a stream. */
export interface Output {
  readonly name: string;
  readonly node: StreamNode;
  run(dataset: Dataset, scope: BatchScope): Promise<void>;
}

/** All streams and outputs of a context. Closed when the context starts: nothing can be added then. */
export class StreamGraph {
  readonly nodes: StreamNode[] = [];
  readonly outputs: Output[] = [];
  #closedBy: "starting" | "stopping" | undefined;

  add(operator: StreamOperator, parents: readonly StreamNode[], slideDuration: Duration): StreamNode {
    this.#assertOpen();
    const node = new StreamNode(this.nodes.length, operator, parents, slideDuration);
    this.nodes.push(node);
    return node;
  }

  addOutput(output: Output): void {
    this.#assertOpen();
    this.outputs.push(output);
  }

  close(by: "starting" | "stopping"): void {
    this.#closedBy = by;
  }

  /** Throws a `PlanError` where the graph cannot run. */
  validate(): void {
    if (this.outputs.length > 0) return;
    throw new PlanError(
      "No output operations registered, so nothing to execute: add one, such as print() or foreachRDD(), before start().",
      { code: "no-outputs" },
    );
  }

  /** The streams that some output needs. */
  reachable(): Set<StreamNode> {
    const seen = new Set<StreamNode>();
    const visit = (node: StreamNode): void => {
      if (seen.has(node)) return;
      seen.add(node);
      node.parents.forEach(visit);
    };
    for (const { node } of this.outputs) visit(node);
    return seen;
  }

  #assertOpen(): void {
    if (this.#closedBy === undefined) return;
    throw new PlanError(
      `Adding new inputs, transformations, and output operations after ${this.#closedBy} a context is not supported: define all streams before start().`,
      { code: "graph-closed", details: { after: this.#closedBy } },
    );
  }
}
