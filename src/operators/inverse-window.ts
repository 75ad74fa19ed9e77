import { KeyMap } from "../block/key.js";
import type { Dataset, StageRows, StageRunner } from "../plan/dataset.js";
import type { SavedState } from "../plan/durable-state.js";
import type { Origin } from "../plan/origin.js";
import type { Partitioner } from "../plan/partitioner.js";
import type { BatchScope } from "../plan/scope.js";
import type { FramedState } from "../plan/state-update.js";
import type { OperatorForm, StreamBatch, StreamOperator } from "../plan/stream-operator.js";
import { DurableTables } from "../state/durable-tables.js";
import { StateVersions } from "../state/state-versions.js";
import type { CombineByKeyOperator } from "./combine-by-key.js";
import { KernelWindow } from "./kernel-window.js";
import { UserFunction } from "./lambda.js";
import { type Reducer, reduceByKey } from "./reduce-by-key.js";
import { type PaneRows, RunningValues, withPaneCounts } from "./running-values.js";

export interface InverseWindowOptions {
  readonly origin: Origin;
  readonly partitioner: Partitioner;
  readonly fn: Reducer;
  readonly inverse: Reducer;
  /** Keys that stay; all where absent. */
  readonly filter: ((pair: [unknown, unknown]) => unknown) | undefined;
  readonly windowMs: number;
  readonly slideMs: number;
  /** Of the parent, whose batches are panes once they are reduced. */
  readonly paneMs: number;
}

/** A reduced batch of the parent. */
interface Pane {
  readonly timeMs: number;
  readonly dataset: Dataset;
}
/** The panes of a slide: out of the window, new, and those in both windows, which are looked for only when a filter asks for them. */
interface Panes {
  readonly leaving: readonly Pane[];
  readonly entering: readonly Pane[];
  readonly enteringTimes: readonly number[];
  readonly staying: () => Promise<readonly Pane[]>;
}

/**
 * The running value of each key over the last `windowMs`: what entered is added, what left is taken away. Keys stay, with a neutral value, unless
 * the filter says no; a key that it removed starts afresh from the values that are still in the window. **Cost:** by keys that entered or left, and one
 * row for each key in the window. **Source:** apache/spark `ReducedWindowedDStream`.
 */
export class InverseWindowStream implements StreamOperator {
  readonly name: string;
  readonly windowMs: number;
  readonly variant: string;
  readonly isStateful = true;
  readonly forms: readonly OperatorForm[];
  /** Makes panes of the parent's batches. */
  readonly panes: CombineByKeyOperator;
  readonly #options: InverseWindowOptions;
  readonly #fn: UserFunction<Reducer>;
  readonly #inverse: UserFunction<Reducer>;
  readonly #filter: UserFunction<(pair: [unknown, unknown]) => unknown> | undefined;
  readonly #versions: StateVersions;
  readonly durable: DurableTables;
  /** The running values in the kernel, where they can be there. */
  readonly #kernel: KernelWindow;
  /** The running values where they are not in the kernel. */
  readonly #values: RunningValues;
  /** Times of panes that should have entered with a batch that failed: their values do not count. */
  readonly #lost = new Set<number>();
  /** What left the window with batches that failed. */
  #owed: PaneRows[] = [];

  constructor(options: InverseWindowOptions) {
    const { origin, partitioner, fn, inverse, filter, windowMs, slideMs, paneMs } = options;
    this.name = origin.name;
    this.windowMs = windowMs;
    this.variant = filter ? "with inverse and filter" : "with inverse";
    this.#options = options;
    this.#fn = new UserFunction(origin, fn);
    this.#inverse = new UserFunction(origin, inverse);
    this.#filter = filter && new UserFunction(origin, filter);
    const count = partitioner.numPartitions;
    this.#versions = new StateVersions(this.name, count);
    this.panes = reduceByKey(origin, fn, partitioner, (value, key) => this.#agree(value, key));
    const functions = { fn: this.#fn, inverse: this.#inverse, filter: this.#filter };
    this.#values = new RunningValues(origin, count, functions);
    this.durable = new DurableTables({
      versions: this.#versions,
      numPartitions: count,
      load: (saved) => this.#load(saved),
    });
    const isSinglePane = slideMs === paneMs;
    this.#kernel = new KernelWindow({ name: this.name, panes: this.panes, functions, isSinglePane });
    this.forms = [
      {
        kind: "stage",
        why: "the running values lie on the host's thread",
        how: "the running value of each key, in columns",
        typeFor: (rows) => this.#kernel.typeFor(rows),
      },
    ];
  }

  prepare(): void {
    for (const fn of this.#functions()) fn.prepare();
  }

  identity(): readonly string[] {
    return [`window ${this.windowMs} ms`, ...this.#functions().map(({ identity }) => identity)];
  }

  #functions(): Array<UserFunction<(...args: never[]) => unknown>> {
    return [this.#fn, this.#inverse, this.#filter].filter((fn) => fn !== undefined);
  }

  doneUpTo(timeMs: number, release: (scope: BatchScope) => void): void {
    if (timeMs === Number.POSITIVE_INFINITY) this.#kernel.drop(release);
  }

  async compute(batch: StreamBatch): Promise<Dataset | undefined> {
    const { time } = batch;
    if (time <= this.#versions.lastMs) return undefined;
    const { windowMs } = this;
    const { slideMs } = this.#options;
    const panesIn = async (beginMs: number, endMs: number) => {
      const panes: Pane[] = [];
      for (const at of batch.parentTimes(beginMs, endMs)) {
        const dataset = await batch.parent(0, at);
        if (dataset) panes.push({ timeMs: at, dataset });
      }
      return panes;
    };
    const leaving = await panesIn(time - windowMs - slideMs, time - windowMs);
    const staying = () => panesIn(time - windowMs, time - slideMs);
    const enteringTimes = batch.parentTimes(time - slideMs, time);
    let entering: Pane[] = [];
    let failure: { readonly error: unknown } | undefined;
    try {
      entering = await panesIn(time - slideMs, time);
    } catch (error) {
      // There is a version all the same, one that fails: what leaves the window leaves it.
      failure = { error };
    }
    return this.#versions.next({
      timeMs: time,
      parents: [...leaving, ...entering].map(({ dataset }) => dataset),
      update: (runner) => this.#update(runner, { leaving, staying, entering, enteringTimes }, time, failure),
    });
  }

  async #update(
    runner: StageRunner,
    panes: Panes,
    timeMs: number,
    failure: { readonly error: unknown } | undefined,
  ): Promise<StageRows> {
    const made = await this.#slideInKernel(runner, panes, timeMs, failure !== undefined);
    if (made) return made.partitions.map((blocks) => ({ blocks }));
    let left = this.#owed;
    let removed: Array<KeyMap<true>>;
    let counts: () => void;
    try {
      left = [...left, ...(await this.#rowsOf(runner, panes.leaving))];
      if (failure) throw failure.error;
      const entering = await this.#rowsOf(runner, panes.entering);
      // Only a key that the filter has removed asks for what was there all the time.
      const remaining = this.#values.hasRemoved
        ? [...(await this.#rowsOf(runner, await panes.staying())), ...entering]
        : [];
      removed = runner.asTask(() => this.#values.slide({ leaving: left, entering, remaining }, timeMs));
      if (this.#filter) await this.#applyFilter(runner, panes.staying, entering, removed);
      for (const lost of this.#lost) if (lost <= timeMs - this.windowMs) this.#lost.delete(lost);
      const note = this.#noteOf([], removed);
      counts = this.#changed(timeMs, note);
    } catch (error) {
      this.#values.rollback();
      this.#fail(panes, left);
      this.#changed(timeMs, this.#noteOf(left, this.#values.removed))();
      throw error;
    }
    this.#owed = [];
    this.#values.commit(removed);
    counts();
    return this.#values.rows();
  }

  #changed(timeMs: number, note: unknown): () => void {
    const changes = this.#values.tables.map((table) => table.changes());
    return this.durable.changed(timeMs, changes, { note });
  }

  /** What a checkpoint keeps besides the running values. */
  #noteOf(owed: PaneRows[], removed: ReadonlyArray<KeyMap<true>>): unknown {
    return [[...this.#lost], owed, removed.map(({ entries }) => entries.map(({ key }) => key))];
  }

  #load({ partitions, note }: SavedState): void {
    const [lost, owed, removed] = note as [number[], PaneRows[], unknown[][]];
    for (const timeMs of lost) this.#lost.add(timeMs);
    this.#owed = owed;
    this.#values.restore(partitions, removed);
  }

  /** What would have entered does not count, now and when it leaves; what left has still to be taken away. */
  #fail({ enteringTimes }: Panes, left: PaneRows[]): void {
    for (const lost of enteringTimes) this.#lost.add(lost);
    this.#owed = left;
  }

  /** The next version, where the kernel makes it; undefined where JavaScript does, from tables that then have the running values. */
  async #slideInKernel(
    runner: StageRunner,
    panes: Panes,
    timeMs: number,
    isFailing: boolean,
  ): Promise<FramedState | undefined> {
    const kernel = this.#kernel;
    const owes = this.#owed.length > 0 || this.#lost.size > 0 || this.#values.hasRemoved;
    let made: FramedState | undefined;
    if (!isFailing && !owes && runner.kernel && kernel.attempt()) {
      const [leaving, entering] = [panes.leaving, panes.entering].map((of) => of.map(({ dataset }) => dataset));
      try {
        const rows = kernel.version ? undefined : await this.#rowsForKernel(runner, panes);
        made = await kernel.next(
          runner,
          { leaving: leaving!, entering: entering! },
          this.#options.partitioner.numPartitions,
          rows,
          this.durable.isRecorded,
        );
      } catch (error) {
        const left = await this.#rowsOf(runner, panes.leaving).catch(() => []);
        this.#fail(panes, left);
        this.#changed(timeMs, this.#noteOf(left, this.#values.removed))();
        throw error;
      }
    }
    if (made) {
      const note = this.#noteOf([], this.#values.removed);
      kernel.take(runner, made, {
        tables: this.#values.tables,
        timeMs,
        changed: ({ changed, isReset }) => this.durable.changed(timeMs, changed, { isReset, note }),
      });
      this.#values.clear();
    } else await this.#fromKernel(runner);
    return made;
  }

  /** The running values for the kernel: with the number of panes that have the key, where that counts. */
  async #rowsForKernel(runner: StageRunner, { leaving, staying }: Panes): Promise<unknown[][]> {
    const rows = this.#values.rows();
    if (!this.#kernel.countsPanes || rows.every(({ length }) => length === 0)) return rows;
    return withPaneCounts(rows, await this.#rowsOf(runner, [...leaving, ...(await staying())]));
  }

  /** Moves the running values from the kernel to the tables. */
  async #fromKernel(runner: StageRunner): Promise<void> {
    const { version } = this.#kernel;
    if (version === undefined) return;
    const { scope, partitions } = version;
    this.#kernel.moveTo(this.#values.tables, await runner.rowsOf({ kind: "source", scope, partitions }));
    this.#kernel.drop((old) => runner.states.release(old));
  }

  /** Asked about a reduced value of each batch: the functions are free of effects, so they may be called for that. */
  #agree(value: unknown, key: unknown): boolean {
    return this.#inverse.agrees(value, value) && (this.#filter?.agrees([key, value]) ?? true);
  }

  /** Removes what the filter does not want; where values of such a key are still in the window it is remembered. */
  async #applyFilter(
    runner: StageRunner,
    staying: Panes["staying"],
    entering: readonly PaneRows[],
    removed: ReadonlyArray<KeyMap<true>>,
  ): Promise<void> {
    const gone = runner.asTask(() => this.#values.filterOut());
    if (gone.length === 0) return;
    const remaining = new Map<number, KeyMap<true>>();
    for (const pane of [...(await this.#rowsOf(runner, await staying())), ...entering]) {
      for (const [p, rows] of pane.entries()) {
        const keys = remaining.get(p) ?? new KeyMap<true>();
        remaining.set(p, keys);
        for (const row of rows) keys.set((row as [unknown, unknown])[0], true);
      }
    }
    for (const [p, key] of gone) if (remaining.get(p)?.has(key)) removed[p]!.set(key, true);
  }

  /** The rows of each partition of panes that count. */
  async #rowsOf(runner: StageRunner, panes: readonly Pane[]): Promise<PaneRows[]> {
    const rows: PaneRows[] = [];
    for (const { timeMs, dataset } of panes) if (!this.#lost.has(timeMs)) rows.push(await runner.rowsOf(dataset));
    return rows;
  }
}
