import { type Dataset, keepFor, merged } from "../plan/dataset.js";
import type { ShuffleOperator } from "../plan/operator.js";
import type { BatchScope } from "../plan/scope.js";

/** The merge of panes, kept as long as it is needed; undefined where none of these has a batch. */
interface PaneMerge {
  /** Its first pane. */
  readonly first: number;
  readonly dataset: Dataset | undefined;
  /** Has what the merge makes; undefined where there is nothing to merge. */
  readonly scope: BatchScope | undefined;
}

/** The pane of a number. */
export type PaneAt = (pane: number) => Promise<Dataset | undefined>;

/**
 * Merges of panes, which are numbered from the epoch, each made once. Ranges are covered by the nodes of a binary tree over the numbers: node i of
 * level k has the panes from i 2^k on, 2^k of them, and is merged from its two halves.
 * **Source:** Arasu and Widom, "Resource sharing in continuous sliding-window aggregates", VLDB 2004 (B-Int).
 */
export class PaneMerges {
  readonly #operator: ShuffleOperator;
  readonly #merges = new Map<string, PaneMerge>();

  constructor(operator: ShuffleOperator) {
    this.#operator = operator;
  }

  /** The largest nodes that together have the panes from `first` to `last`. */
  async cover(first: number, last: number, paneAt: PaneAt): Promise<Dataset[]> {
    const nodes: Dataset[] = [];
    for (let pane = first; pane <= last; ) {
      let size = 1;
      while (pane % (2 * size) === 0 && pane + 2 * size - 1 <= last) size *= 2;
      const node = await this.node(pane, size, paneAt);
      if (node) nodes.push(node);
      pane += size;
    }
    return nodes;
  }

  /** The merge of `size` panes from `first` on; undefined where there are none. */
  async node(first: number, size: number, paneAt: PaneAt): Promise<Dataset | undefined> {
    if (size === 1) return paneAt(first);
    return this.merge(`${first}:${size}`, first, async () => [
      await this.node(first, size / 2, paneAt),
      await this.node(first + size / 2, size / 2, paneAt),
    ]);
  }

  /** The merge of what `partsOf` gives, in this order, known by `key` from then on; undefined where there is nothing. */
  async merge(
    key: string,
    first: number,
    partsOf: () => Promise<ReadonlyArray<Dataset | undefined>>,
  ): Promise<Dataset | undefined> {
    const known = this.#merges.get(key);
    if (known) return known.dataset;
    const parts = (await partsOf()).filter((part) => part !== undefined);
    // Somebody else may have asked meanwhile.
    const made = this.#merges.get(key) ?? this.#made(first, parts);
    this.#merges.set(key, made);
    return made.dataset;
  }

  /** Gives back a merge that is not needed any more. */
  drop(key: string, release: (scope: BatchScope) => void): void {
    const scope = this.#merges.get(key)?.scope;
    this.#merges.delete(key);
    if (scope) release(scope);
  }

  /** Gives back what has a pane up to `last`. */
  dropUpTo(last: number, release: (scope: BatchScope) => void): void {
    for (const [key, { first }] of this.#merges) if (first <= last) this.drop(key, release);
  }

  #made(first: number, parts: readonly Dataset[]): PaneMerge {
    if (parts.length < 2) return { first, dataset: parts[0], scope: undefined };
    const dataset = merged(parts, this.#operator);
    const { scope } = keepFor(dataset, { level: "MEMORY_ONLY_SER", isExplicit: false, byProgram: false });
    return { first, dataset, scope };
  }
}
