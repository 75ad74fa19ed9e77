import { type Dataset, keepFor, merged } from "../plan/dataset.js";
import type { ShuffleOperator } from "../plan/operator.js";
import type { BatchScope } from "../plan/scope.js";
import type { OperatorForm, StreamBatch, StreamOperator } from "../plan/stream-operator.js";

/** The merge of an aligned range of panes, kept as long as a window has it whole; undefined where none of these has a batch. */
interface PaneNode {
  readonly first: number;
  readonly dataset: Dataset | undefined;
  /** Has what the merge makes; undefined where there is nothing to merge. */
  readonly scope: BatchScope | undefined;
}

/** The pane of a number. */
type PaneAt = (pane: number) => Promise<Dataset | undefined>;

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

  /** The parent has batches that `operator` made, every `paneMs`. */
  constructor(name: string, operator: ShuffleOperator, windowMs: number, paneMs: number) {
    this.name = name;
    this.windowMs = windowMs;
    this.#paneMs = paneMs;
    this.#operator = operator;
    this.forms = [{ kind: "merge", operator, why: "merges panes by a tree over their numbers" }];
  }

  identity(): readonly string[] {
    return [`window ${this.windowMs} ms`];
  }

  async compute(batch: StreamBatch): Promise<Dataset> {
    const [begin = batch.time] = batch.parentTimes(batch.time - this.windowMs, batch.time);
    const last = this.#paneOf(batch.time);
    const paneAt = (pane: number) => batch.parent(0, batch.time - (last - pane) * this.#paneMs);
    const nodes = await this.#cover(this.#paneOf(begin), last, paneAt);
    return nodes.length === 1 ? nodes[0]! : merged(nodes, this.#operator);
  }

  /** Gives back nodes that have a pane which no window to come has. */
  doneUpTo(timeMs: number, release: (scope: BatchScope) => void): void {
    const lastGone = this.#paneOf(timeMs - this.windowMs);
    for (const [key, { first, scope }] of this.#nodes) {
      if (first > lastGone) continue;
      this.#nodes.delete(key);
      if (scope) release(scope);
    }
  }

  /** Slides may be off the grid that begins at the epoch, but all by the same. */
  #paneOf(time: number): number {
    return Math.floor(time / this.#paneMs);
  }

  /** The largest aligned nodes that together have the panes from `first` to `last`. */
  async #cover(first: number, last: number, paneAt: PaneAt): Promise<Dataset[]> {
    const nodes: Dataset[] = [];
    for (let pane = first; pane <= last; ) {
      let size = 1;
      while (pane % (2 * size) === 0 && pane + 2 * size - 1 <= last) size *= 2;
      const node = await this.#node(pane, size, paneAt);
      if (node) nodes.push(node);
      pane += size;
    }
    return nodes;
  }

  /** The merge of `size` panes from `first` on; undefined where there are none. */
  async #node(first: number, size: number, paneAt: PaneAt): Promise<Dataset | undefined> {
    if (size === 1) return paneAt(first);
    const key = `${first}:${size}`;
    const known = this.#nodes.get(key);
    if (known) return known.dataset;
    const left = await this.#node(first, size / 2, paneAt);
    const right = await this.#node(first + size / 2, size / 2, paneAt);
    // Somebody else may have asked meanwhile.
    const node = this.#nodes.get(key) ?? this.#paneNode(first, left, right);
    this.#nodes.set(key, node);
    return node.dataset;
  }

  #paneNode(first: number, left: Dataset | undefined, right: Dataset | undefined): PaneNode {
    if (left === undefined || right === undefined) return { first, dataset: left ?? right, scope: undefined };
    const dataset = merged([left, right], this.#operator);
    const { scope } = keepFor(dataset, { level: "MEMORY_ONLY_SER", isExplicit: false, byProgram: false });
    return { first, dataset, scope };
  }
}
