import { PlanError } from "../errors.js";
import type { Guarantee, Safety } from "../guarantee.js";
import type { Duration } from "../time/duration.js";
import { type Dataset, scopesRead } from "./dataset.js";
import { checkForms } from "./form-check.js";
import { isMadeInKernel } from "./placement.js";
import { type BatchIdentity, BatchScope } from "./scope.js";
import { StreamNode } from "./stream-node.js";
import type { StreamOperator } from "./stream-operator.js";
import { checkTimes, spreadTimes } from "./stream-times.js";

/** Something done with each batch of a stream. */
export interface Output {
  readonly name: string;
  /** Where the program defines it, where the host tells. */
  readonly site?: string | undefined;
  readonly node: StreamNode;
  /** What it promises of each batch while `safety` is in force. */
  promise(safety: Safety): Guarantee;
  /** What it keeps the number of its last batch under; no other output of the context has it. */
  readonly query?: string;
  /** Called once, before the first batch; the context does not start where it rejects. */
  prepare?(safety: Safety): Promise<void>;
  run(dataset: Dataset, scope: BatchScope): Promise<void>;
  /** The context stops: no more batches will come. What it returns is waited for. */
  end?(): Promise<void> | void;
}

export interface GraphStart {
  /** Batch times are this plus a multiple of the interval. */
  readonly zeroMs: number;
  readonly intervalMs: number;
  /** Whether a store for checkpoints is set. */
  readonly hasStore: boolean;
  /** Gives back what a scope holds. */
  readonly release: (scope: BatchScope) => void;
}

/** All streams and outputs of a context, and the batches that they remember. Closed when the context starts: nothing can be added then. */
export class StreamGraph {
  readonly nodes: StreamNode[] = [];
  readonly outputs: Output[] = [];
  /** Every stream remembers its batches for so long at least. */
  rememberDuration: Duration | undefined;
  #closedBy: "starting" | "stopping" | undefined;
  #start: GraphStart | undefined;
  #rememberMsMax = 0;
  /** Streams whose past batches may be read. */
  #lookedBackAt: readonly StreamNode[] = [];
  /** Slides longer than the interval, in milliseconds: what such a window looks back at is made only when it has a batch. */
  #longSlides: readonly number[] = [];
  /** Scopes of the batches that are remembered, in order of time. */
  readonly #scopes = new Map<number, BatchScope>();
  /** Batches that are not done, in order of time. */
  readonly #open = new Set<number>();
  #newestMs = Number.NEGATIVE_INFINITY;
  #doneMs = Number.NEGATIVE_INFINITY;
  /** No batch up to this time is computed or run any more. */
  #horizonMs = Number.NEGATIVE_INFINITY;

  /** `check` throws where the stream cannot be: then the graph is as before. */
  add(
    operator: StreamOperator,
    parents: readonly StreamNode[],
    slideDuration: Duration,
    check?: (node: StreamNode) => void,
  ): StreamNode {
    this.assertOpen();
    const node = new StreamNode(this.nodes.length, operator, parents, slideDuration);
    check?.(node);
    this.nodes.push(node);
    return node;
  }

  addOutput(output: Output): void {
    this.assertOpen();
    this.outputs.push(output);
  }

  close(by: "starting" | "stopping"): void {
    this.#closedBy = by;
  }

  /** Throws a `PlanError` where the context has been started or stopped: "graph-closed". */
  assertOpen(): void {
    if (this.#closedBy === undefined) return;
    throw new PlanError(
      `Adding new inputs, transformations, and output operations after ${this.#closedBy} a context is not supported: define all streams before start().`,
      { code: "graph-closed", details: { after: this.#closedBy } },
    );
  }

  /** Prepares all operators and gives streams their times. Throws a `PlanError` where the graph cannot run. */
  start(start: GraphStart): void {
    if (this.outputs.length === 0) {
      throw new PlanError(
        "No output operations registered, so nothing to execute: add one, such as print() or foreachRDD(), before start().",
        { code: "no-outputs" },
      );
    }
    this.#start = start;
    for (const node of this.nodes) {
      node.operator.prepare?.();
      node.start(start);
    }
    spreadTimes(this.nodes, this.rememberDuration, start.hasStore);
    for (const node of this.nodes) checkTimes(node, start.hasStore);
    const reachable = [...this.reachable()];
    this.#rememberMsMax = Math.max(...this.nodes.map(({ rememberDuration }) => rememberDuration?.milliseconds ?? 0));
    const all = this.rememberDuration !== undefined;
    this.#lookedBackAt = reachable.filter((node) => all || node.isLookedBackAt || node.isPersisted);
    const slides = new Set(reachable.map(({ slideDuration }) => slideDuration.milliseconds));
    this.#longSlides = [...slides].filter((slideMs) => slideMs > start.intervalMs);
  }

  /** Finds out what the kernel can do: when lambdas can be read, before the first batch. Throws as `checkForms`. */
  place(): void {
    for (const node of this.nodes) {
      checkForms(node);
      node.isMadeInKernel = isMadeInKernel(node);
    }
  }

  /** Opens a batch, of a time after all others. */
  openBatch(batch: BatchIdentity): BatchScope {
    const scope = new BatchScope(batch);
    const { time } = batch;
    this.#scopes.set(time, scope);
    this.#open.add(time);
    this.#newestMs = time;
    return scope;
  }

  /** Batches that some stream remembers, or that are not done. */
  get rememberedBatches(): number {
    return this.#scopes.size;
  }

  /** The newest batch that has begun; before the first one minus infinity. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** The scope of a batch, while it is remembered: it may be released, where nothing needs its blocks any more. */
  scopeOf(time: number): BatchScope | undefined {
    return this.#scopes.get(time);
  }

  /**
   * The batch of `time` is done, whatever came of it: what no stream remembers any more is forgotten, and blocks that nothing needs any more are given
   * back. Cost: a look at each stream, and at the lineage of the batch before.
   */
  batchDone(time: number): void {
    const { intervalMs } = this.#started();
    this.#open.delete(time);
    this.#scopes.get(time)?.processed();
    this.#doneMs = Math.max(this.#doneMs, time);
    let horizonMs = this.#doneMs;
    // What a batch that is not done needs stays.
    for (const open of this.#open) {
      horizonMs = Math.min(horizonMs, open - intervalMs);
      break;
    }
    for (const node of this.nodes) node.doneUpTo(horizonMs);
    this.#giveBack(horizonMs);
    this.#horizonMs = horizonMs;
  }

  /** Ends the scopes of batches that nothing needs: looked for once the next batch is done, and when windows with a longer slide have had theirs. */
  #giveBack(horizonMs: number): void {
    const { intervalMs, zeroMs, release } = this.#started();
    const slidesUpTo = (timeMs: number, slideMs: number) => Math.floor((timeMs - zeroMs) / slideMs);
    const looksAgain = this.#longSlides.some(
      (slideMs) => slidesUpTo(horizonMs, slideMs) > slidesUpTo(this.#horizonMs, slideMs),
    );
    for (const [at, scope] of this.#scopes) {
      if (at > horizonMs - intervalMs) break;
      const isForgotten = at <= horizonMs - this.#rememberMsMax;
      if (isForgotten) this.#scopes.delete(at);
      else if (scope.released) continue;
      const isNew = at > this.#horizonMs - intervalMs;
      if (isForgotten || ((isNew || looksAgain) && !this.#isNeeded(scope))) release(scope);
    }
  }

  /** The context has ended: everything is forgotten and given back. Rejects with the first error of an output's end, once all have ended. */
  async end(): Promise<void> {
    if (this.#start === undefined) return;
    const { release } = this.#start;
    const ends = this.outputs.map(async (output) => output.end?.());
    for (const node of this.nodes) node.doneUpTo(Number.POSITIVE_INFINITY);
    for (const scope of this.#scopes.values()) release(scope);
    this.#scopes.clear();
    const failed = (await Promise.allSettled(ends)).find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
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

  /** Whether a batch that somebody may look back at needs blocks that `scope` owns. */
  #isNeeded(scope: BatchScope): boolean {
    const { time } = scope.batch;
    return this.#lookedBackAt.some((node) => {
      if (!node.isValid(time)) return false;
      const dataset = node.peek(time);
      if (dataset === null) return false;
      return dataset === undefined || scopesRead(dataset).has(scope);
    });
  }

  #started(): GraphStart {
    if (this.#start) return this.#start;
    throw new Error("The graph has not started.");
  }
}
