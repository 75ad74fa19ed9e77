import { PlanError } from "../errors.js";
import type { Duration } from "../time/duration.js";
import { type Dataset, keepFor, keepOf } from "./dataset.js";
import type { BatchScope } from "./scope.js";
import type { StorageLevel } from "./storage-level.js";
import { InputOperator, type StreamBatch, type StreamOperator } from "./stream-operator.js";

/** Times that a node's graph gives it when it starts. */
export interface StreamTimes {
  /** Before the first batch: batches are at `zeroMs` plus a multiple of a stream's slide. */
  readonly zeroMs: number;
  /** Gives back what a scope holds. */
  readonly release: (scope: BatchScope) => void;
}

/** A stream in the graph: yields for each batch time at most one dataset, computed once and remembered for a while. */
export class StreamNode {
  readonly id: number;
  readonly operator: StreamOperator;
  readonly parents: readonly StreamNode[];
  readonly slideDuration: Duration;
  label: string | undefined;
  /** The level that the caller, or a reader of several of its batches, asked for. */
  storageLevel: StorageLevel | undefined;
  /** The caller asked for the level. */
  isPersisted = false;
  /** Some reader looks at past batches. */
  isLookedBackAt = false;
  /** Set at the start: the kernel makes the rows from what was received, in one pass. */
  isMadeInKernel = false;
  checkpointDuration: Duration | undefined;
  rememberDuration: Duration | undefined;
  #times: StreamTimes | undefined;
  readonly #computed = new Map<number, Promise<Dataset | undefined>>();
  /** The same, where it is there: what a look needs without waiting. */
  readonly #known = new Map<number, Dataset | undefined>();
  /** Times of batches that could not be computed, while somebody may ask why. */
  readonly #failed = new Set<number>();
  /** Datasets that this stream, and nobody before it, keeps. */
  readonly #kept = new Set<Dataset>();

  constructor(id: number, operator: StreamOperator, parents: readonly StreamNode[], slideDuration: Duration) {
    this.id = id;
    this.operator = operator;
    this.parents = parents;
    this.slideDuration = slideDuration;
  }

  /** The kind of operator in Spark's words. */
  get name(): string {
    return this.operator.name;
  }

  /** Called when the context starts: from now on there are batches. */
  start(times: StreamTimes): void {
    this.#times = times;
  }

  /** Whether the stream can have a batch at `time`. */
  isValid(time: number): boolean {
    const { zeroMs } = this.#started();
    return time > zeroMs && (time - zeroMs) % this.slideDuration.milliseconds === 0;
  }

  /**
   * The batch at `time`, or undefined where there is none; computed once, whatever comes of it. Rejects where it could not be computed; once the batches
   * up to then are done, it is no batch: later windows and states go on without it.
   */
  at(time: number): Promise<Dataset | undefined> {
    const computed = this.#computed.get(time);
    if (computed) return computed;
    if (!this.isValid(time) || this.operator instanceof InputOperator) return NO_BATCH;
    return this.#remember(time, this.#compute(time));
  }

  /**
   * Of an input: what `take` takes is the batch of `scope`. Whatever comes of it, the batch is taken only once. Resolves with what `tell` returned, which is
   * called as soon as it was taken.
   */
  async take<R>(scope: BatchScope, take: () => Taken | Promise<Taken>, tell: () => R): Promise<R> {
    const { time } = scope.batch;
    let told!: R;
    const takeAndTell = (): Taken | Promise<Taken> => {
      const taken = take();
      if (taken instanceof Promise) return taken.finally(() => (told = tell()));
      told = tell();
      return taken;
    };
    const taken = new Promise<Dataset | undefined>((resolve) => resolve(takeAndTell()));
    await this.#remember(
      time,
      taken.then((dataset) => this.#keep(time, dataset)),
    );
    return told;
  }

  /** A batch of an earlier process, for those that look back at it. */
  restore(time: number, dataset: Dataset): void {
    this.#computed.set(time, Promise.resolve(dataset));
    this.#known.set(time, dataset);
  }

  /** The times of the stream's batches from `from` to `to`, both included; a time off the grid is floored to it, with a warning. */
  timesFrom(from: number, to: number, newestMs: number, warn: (line: string) => void): number[] {
    const { zeroMs } = this.#started();
    const slideMs = this.slideDuration.milliseconds;
    const aligned = (time: number, name: string): number => {
      const floored = zeroMs + Math.floor((time - zeroMs) / slideMs) * slideMs;
      if (floored !== time) {
        warn(
          `millrace: slice: ${name} (${time} ms) is not a multiple of slideDuration (${slideMs} ms) after ${zeroMs} ms; ${floored} ms is taken.`,
        );
      }
      return floored;
    };
    const times: number[] = [];
    const first = Math.max(aligned(from, "fromTime"), zeroMs + slideMs);
    // What a batch to come would be made of is not there yet.
    const last = Math.min(aligned(to, "toTime"), newestMs);
    for (let time = first; time <= last; time += slideMs) times.push(time);
    return times;
  }

  /** The batch at `time` where it was computed: undefined where it was not, null where there is none. */
  peek(time: number): Dataset | null | undefined {
    return this.#known.has(time) ? (this.#known.get(time) ?? null) : undefined;
  }

  /** No batch up to `time` is computed or run any more: what is not remembered beyond that is forgotten, and what it kept given back. */
  doneUpTo(time: number): void {
    const { release } = this.#started();
    for (const failed of this.#failed) {
      if (failed > time) continue;
      this.#failed.delete(failed);
      if (!this.#computed.has(failed)) continue;
      this.#computed.set(failed, NO_BATCH);
      this.#known.set(failed, undefined);
    }
    this.operator.doneUpTo?.(time, release);
    const forgottenMs = time - this.rememberDuration!.milliseconds;
    for (const known of this.#computed.keys()) {
      // In order of time, but for a few that were asked for late and wait here a little longer.
      if (known > forgottenMs) break;
      const dataset = this.#known.get(known);
      this.#computed.delete(known);
      this.#known.delete(known);
      if (dataset && this.#kept.delete(dataset)) release(dataset.keep!.scope);
    }
  }

  #remember(time: number, computed: Promise<Dataset | undefined>): Promise<Dataset | undefined> {
    this.#computed.set(time, computed);
    computed.catch(() => this.#failed.add(time));
    return computed;
  }

  async #compute(time: number): Promise<Dataset | undefined> {
    const batch: StreamBatch = {
      time,
      parent: (index = 0, at = time) => this.parents[index]!.at(at),
      parentTimes: (beginMs, endMs) => this.#parentTimes(beginMs, endMs),
    };
    return this.#keep(time, await this.operator.compute(batch));
  }

  #keep(time: number, dataset: Dataset | undefined): Dataset | undefined {
    const level = this.storageLevel;
    if (dataset && level !== undefined && keepOf(dataset) === undefined && this.#keeps(dataset)) {
      keepFor(dataset, { level, isExplicit: this.isPersisted, byProgram: false });
      this.#kept.add(dataset);
    }
    this.#known.set(time, dataset);
    return dataset;
  }

  /**
   * Kept only where the program says so: rows that are there already, those of windows, whose panes are kept, and those that the kernel makes again
   * faster than they could be kept. State is made only once.
   */
  #keeps(dataset: Dataset): boolean {
    if (this.isPersisted || this.operator.isStateful) return true;
    return dataset.kind !== "source" && this.operator.windowMs === undefined && !this.isMadeInKernel;
  }

  #parentTimes(beginMs: number, endMs: number): number[] {
    const { zeroMs } = this.#started();
    const slideMs = this.parents[0]!.slideDuration.milliseconds;
    const first = Math.max(beginMs, zeroMs) + slideMs;
    const times: number[] = [];
    for (let time = zeroMs + Math.ceil((first - zeroMs) / slideMs) * slideMs; time <= endMs; time += slideMs) {
      times.push(time);
    }
    return times;
  }

  #started(): StreamTimes {
    if (this.#times) return this.#times;
    throw new PlanError(
      `${this.label ?? this.name} has not been initialized: it has batches once its context has started.`,
      {
        code: "not-started",
        details: { operator: this.name },
      },
    );
  }
}

/** What an input gives as a batch; undefined is none. */
type Taken = Dataset | undefined;

const NO_BATCH: Promise<undefined> = Promise.resolve(undefined);
