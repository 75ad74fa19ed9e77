import { type Dataset, keepFor, merged } from "../plan/dataset.js";
import type { ShuffleOperator } from "../plan/operator.js";
import type { BatchScope } from "../plan/scope.js";
import type { OperatorForm, StreamBatch, StreamOperator } from "../plan/stream-operator.js";

/** The merge of an aligned range of panes, kept as long as a window has it whole. */
interface PaneNode {
  readonly first: number;
  readonly dataset: Dataset;
}

/**
 * Reduced batches of the last `windowMs`, merged by key, the oldest first.
 *
 * Panes are numbered from the epoch. Those of a window are covered by the nodes of a binary tree over these numbers (node i of level k has the panes
 * from i 2^k on, 2^k of them), and each node is merged once from its two halves: a slide merges about two panes' worth of keys into the tree, and the
 * window itself from at most 2 log2(n) nodes instead of n panes. How values associate is a function of the pane numbers alone.
 * **Source:** Arasu and Widom, "Resource sharing in continuous sliding-window aggregates", VLDB 2004 (B-Int).
 */
export class WindowByKeyStream implements StreamOperator {
  readonly name: string;
  readonly windowMs: number;
  readonly forms: readonly OperatorForm[];
  readonly #paneMs: number;
  readonly #operator: ShuffleOperator;
  readonly #nodes = new Map<string, PaneNode>();
  /** The first pane of the window before: what only it needs goes when the next one is computed, as it may not have run yet. */
  #firstBefore = Number.NEGATIVE_INFINITY;

  /** The parent has batches that `operator` made, every `paneMs`. */
  constructor(name: string, operator: ShuffleOperator, windowMs: number, paneMs: number) {
    this.name = name;
    this.windowMs = windowMs;
    this.#paneMs = paneMs;
    this.#operator = operator;
    this.forms = [{ kind: "merge", operator, why: "merges panes by a tree over their numbers" }];
  }

  async compute(batch: StreamBatch): Promise<Dataset> {
    const panes = new Map<number, Dataset>();
    const times = batch.parentTimes(batch.time - this.windowMs, batch.time);
    for (const time of times) {
      const pane = await batch.parent(0, time);
      if (pane) panes.set(this.#paneOf(time), pane);
    }
    const first = this.#paneOf(times[0] ?? batch.time);
    this.#evict(this.#firstBefore, batch.release);
    this.#firstBefore = first;
    const nodes = this.#cover(first, this.#paneOf(batch.time), panes);
    return nodes.length === 1 ? nodes[0]! : merged(nodes, this.#operator);
  }

  close(release: (scope: BatchScope) => void): void {
    this.#evict(Number.POSITIVE_INFINITY, release);
  }

  /** Slides may be off the grid that begins at the epoch, but all by the same. */
  #paneOf(time: number): number {
    return Math.floor(time / this.#paneMs);
  }

  /** The largest aligned nodes that together have the panes from `first` to `last`. */
  #cover(first: number, last: number, panes: ReadonlyMap<number, Dataset>): Dataset[] {
    const nodes: Dataset[] = [];
    for (let pane = first; pane <= last; ) {
      let size = 1;
      while (pane % (2 * size) === 0 && pane + 2 * size - 1 <= last) size *= 2;
      const node = this.#node(pane, size, panes);
      if (node) nodes.push(node);
      pane += size;
    }
    return nodes;
  }

  /** The merge of `size` panes from `first` on; undefined where there are none. */
  #node(first: number, size: number, panes: ReadonlyMap<number, Dataset>): Dataset | undefined {
    if (size === 1) return panes.get(first);
    const key = `${first}:${size}`;
    const known = this.#nodes.get(key);
    if (known) return known.dataset;
    const left = this.#node(first, size / 2, panes);
    const right = this.#node(first + size / 2, size / 2, panes);
    if (left === undefined || right === undefined) return left ?? right;
    const dataset = merged([left, right], this.#operator);
    keepFor(dataset, "MEMORY_ONLY_SER", false);
    this.#nodes.set(key, { first, dataset });
    return dataset;
  }

  #evict(before: number, release: (scope: BatchScope) => void): void {
    for (const [key, { first, dataset }] of this.#nodes) {
      if (first >= before) continue;
      this.#nodes.delete(key);
      release(dataset.keep!.scope);
    }
  }
}
