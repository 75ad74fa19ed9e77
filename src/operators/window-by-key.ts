import { type Dataset, merged } from "../plan/dataset.js";
import type { ShuffleOperator } from "../plan/operator.js";
import type { BatchScope } from "../plan/scope.js";
import type { OperatorForm, StreamBatch, StreamOperator } from "../plan/stream-operator.js";
import { PaneMerges } from "./pane-merges.js";
import { PaneRuns } from "./pane-runs.js";

/** Of the reduced batches that a window has. */
export interface PaneTimes {
  readonly windowMs: number;
  readonly slideMs: number;
  readonly paneMs: number;
}

/**
 * Reduced batches of the last `windowMs`, merged by key, the oldest first.
 *
 * Panes are numbered from the epoch. A small window is merged from the nodes of a tree over these numbers (`PaneMerges`), a large one from a middle that
 * changes seldom, and nodes at both ends (`PaneRuns`). How values associate is a function of the pane numbers alone.
 */
export class WindowByKeyStream implements StreamOperator {
  readonly name: string;
  readonly windowMs: number;
  readonly forms: readonly OperatorForm[];
  readonly #paneMs: number;
  readonly #operator: ShuffleOperator;
  readonly #merges: PaneMerges;
  readonly #runs: PaneRuns | undefined;

  /** The parent has batches that `operator` made, every `paneMs`. */
  constructor(name: string, operator: ShuffleOperator, { windowMs, slideMs, paneMs }: PaneTimes) {
    this.name = name;
    this.windowMs = windowMs;
    this.#paneMs = paneMs;
    this.#operator = operator;
    this.#merges = new PaneMerges(operator);
    this.#runs = PaneRuns.of(this.#merges, windowMs / paneMs, slideMs / paneMs);
    const why = this.#runs
      ? "merges panes by runs and a tree of their numbers"
      : "merges panes by a tree over their numbers";
    this.forms = [{ kind: "merge", operator, why }];
  }

  identity(): readonly string[] {
    return [`window ${this.windowMs} ms`];
  }

  async compute(batch: StreamBatch): Promise<Dataset> {
    const [oldest = batch.time] = batch.parentTimes(batch.time - this.windowMs, batch.time);
    const last = this.#paneOf(batch.time);
    const first = this.#paneOf(oldest);
    const paneAt = async (pane: number) =>
      pane < first ? undefined : batch.parent(0, batch.time - (last - pane) * this.#paneMs);
    if (this.#runs === undefined) return this.#window(await this.#merges.cover(first, last, paneAt));
    const begin = this.#paneOf(batch.time - this.windowMs) + 1;
    const runs = await this.#runs.at(begin, paneAt);
    const before = await this.#merges.cover(Math.max(begin, first), runs.first - 1, paneAt);
    const behind = await this.#merges.cover(runs.end, last, paneAt);
    return this.#window([...before, ...runs.middle, ...behind], runs.ahead);
  }

  /** Gives back merges that have a pane which no window to come has. */
  doneUpTo(timeMs: number, release: (scope: BatchScope) => void): void {
    const lastGone = this.#paneOf(timeMs - this.windowMs);
    this.#merges.dropUpTo(lastGone, release);
    this.#runs?.drop(lastGone + 1, release);
  }

  #window(nodes: readonly Dataset[], ahead: readonly Dataset[] = []): Dataset {
    return nodes.length === 1 ? nodes[0]! : merged(nodes, this.#operator, ahead);
  }

  /** Slides may be off the grid that begins at the epoch, but all by the same. */
  #paneOf(time: number): number {
    return Math.floor(time / this.#paneMs);
  }
}
