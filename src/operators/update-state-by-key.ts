import { type Dataset, type StageRows, type StageRunner, shuffled } from "../plan/dataset.js";
import { entriesIn } from "../plan/durable-state.js";
import type { Origin } from "../plan/origin.js";
import type { Partitioner } from "../plan/partitioner.js";
import type { BatchScope } from "../plan/scope.js";
import type { FramedState } from "../plan/state-update.js";
import type { OperatorForm, StreamBatch, StreamOperator } from "../plan/stream-operator.js";
import { DurableTables } from "../state/durable-tables.js";
import { StateTable } from "../state/state-table.js";
import { StateVersions } from "../state/state-versions.js";
import { Time } from "../time/time.js";
import type { CombineByKeyOperator } from "./combine-by-key.js";
import { groupValuesByKey } from "./group-by-key.js";
import { KernelState } from "./kernel-state.js";
import { asPair, iterate, lambdaError, promiseError, UserFunction } from "./lambda.js";
import { PartitionByOperator } from "./partition-by.js";
import { partitionFor } from "./partition-for.js";
import { putPairs } from "./put-pairs.js";

type UpdateEach = (values: unknown[], state: unknown, key: unknown, time: Time) => unknown;
type UpdateAll = (rows: Iterable<[unknown, unknown[], unknown]>, time: Time) => Iterable<unknown>;

export interface UpdateStateOptions {
  readonly origin: Origin;
  readonly partitioner: Partitioner;
  /** Pairs that are there before the first batch. */
  readonly initial: Dataset | undefined;
  /** For each key, or for all keys of a partition at once. */
  readonly update:
    | { readonly kind: "each"; readonly fn: UpdateEach }
    | { readonly kind: "all"; readonly fn: UpdateAll; readonly keepsPartitions: boolean };
}

/**
 * The state of every key, updated in every batch, also for keys without new values. Known keys come first, in the order of their insertion, then new
 * ones as they arrive. **Cost:** a call for each key and batch.
 */
export class UpdateStateByKeyStream implements StreamOperator {
  readonly name: string;
  readonly isStateful = true;
  readonly forms: readonly OperatorForm[];
  readonly #options: UpdateStateOptions;
  readonly #fn: UserFunction<(...args: never[]) => unknown>;
  readonly #group: CombineByKeyOperator;
  readonly #deal: PartitionByOperator;
  /** The state in the kernel, where it can be there; it is in the tables otherwise. */
  readonly #kernel: KernelState | undefined;
  readonly #versions: StateVersions;
  readonly durable: DurableTables;
  #tables: Array<StateTable<unknown>>;
  /** The initial pairs are in the tables, or there are none. */
  #isSeeded: boolean;

  constructor(options: UpdateStateOptions) {
    const { origin, partitioner, update } = options;
    this.name = origin.name;
    this.#options = options;
    this.#fn = new UserFunction(origin, update.fn as (...args: never[]) => unknown);
    this.#group = groupValuesByKey(origin, partitioner);
    this.#deal = new PartitionByOperator(origin, partitioner);
    this.#versions = new StateVersions(this.name, partitioner.numPartitions);
    this.#tables = this.#newTables();
    this.durable = new DurableTables({
      versions: this.#versions,
      numPartitions: partitioner.numPartitions,
      load: ({ partitions }) => {
        for (const [p, table] of this.#tables.entries()) table.load(entriesIn(partitions[p]!));
        this.#isSeeded = true;
      },
    });
    this.#isSeeded = options.initial === undefined;
    this.#kernel = update.kind === "each" ? new KernelState(origin, partitioner, this.#fn) : undefined;
    this.forms = [
      { kind: "shuffle", operator: this.#group, update: this.#kernel },
      { kind: "stage", why: "state lies on the host's thread", how: "every key in turn, the state in columns" },
    ];
  }

  prepare(): void {
    this.#fn.prepare();
  }

  identity(): readonly string[] {
    const { update, initial } = this.#options;
    return [update.kind, initial ? "from initial pairs" : "from nothing", this.#fn.identity];
  }

  async compute(batch: StreamBatch): Promise<Dataset | undefined> {
    const { time } = batch;
    if (time <= this.#versions.lastMs) return undefined;
    const parent = await batch.parent();
    if (parent === undefined && this.#versions.isEmpty) return undefined;
    const grouped = parent && shuffled(parent, this.#group);
    // A batch that fails leaves it to the next one.
    const initial = this.#isSeeded ? undefined : shuffled(this.#options.initial!, this.#deal);
    return this.#versions.next({
      timeMs: time,
      parents: [grouped, initial].filter((dataset) => dataset !== undefined),
      update: async (runner) =>
        (await this.#updateInKernel(runner, parent, initial, time)) ?? this.#update(runner, grouped, initial, time),
    });
  }

  doneUpTo(timeMs: number, release: (scope: BatchScope) => void): void {
    if (timeMs === Number.POSITIVE_INFINITY) this.#kernel?.drop(release);
  }

  /** The frames of each partition of the next version; undefined where JavaScript makes it, from tables that then have the state. */
  async #updateInKernel(
    runner: StageRunner,
    records: Dataset | undefined,
    initial: Dataset | undefined,
    timeMs: number,
  ): Promise<StageRows | undefined> {
    const kernel = this.#kernel;
    if (kernel === undefined) return undefined;
    if (!kernel.attempt()) {
      await this.#fromKernel(runner, kernel);
      return undefined;
    }
    let rows: ReadonlyArray<readonly unknown[]> | undefined;
    if (kernel.version === undefined) {
      const given = initial && !this.#isSeeded ? await runner.rowsOf(initial) : [];
      for (const [p, table] of this.#tables.entries()) putPairs(table, given[p], this.#options.origin, timeMs);
      rows = this.#tables.map((table) => table.rows());
    }
    let made: FramedState | undefined;
    try {
      made = await kernel.next(runner, records, rows, this.durable.isRecorded);
    } finally {
      if (made === undefined) for (const table of this.#tables) table.rollback();
    }
    if (made === undefined) {
      await this.#fromKernel(runner, kernel);
      return undefined;
    }
    kernel.take(runner, made, {
      tables: this.#tables,
      timeMs,
      changed: ({ changed, isReset }) => this.durable.changed(timeMs, changed, { isReset }),
    });
    this.#tables = this.#newTables();
    this.#isSeeded = true;
    return made.partitions.map((blocks) => ({ blocks }));
  }

  /** Moves the state from the kernel to the tables. */
  async #fromKernel(runner: StageRunner, kernel: KernelState): Promise<void> {
    const { version } = kernel;
    if (version === undefined) return;
    const { scope, partitions } = version;
    kernel.moveTo(this.#tables, await runner.rowsOf({ kind: "source", scope, partitions }));
    kernel.drop((old) => runner.states.release(old));
  }

  async #update(
    runner: StageRunner,
    grouped: Dataset | undefined,
    initial: Dataset | undefined,
    timeMs: number,
  ): Promise<Array<Array<[unknown, unknown]>>> {
    const news = grouped ? await runner.rowsOf(grouped) : [];
    const given = initial && !this.#isSeeded ? await runner.rowsOf(initial) : [];
    const before = this.#tables;
    let counts: () => void;
    try {
      runner.asTask(() => {
        this.#tables.forEach((table, partition) => {
          putPairs(table, given[partition], this.#options.origin, timeMs);
        });
        if (this.#options.update.kind === "each") {
          for (const [p, table] of this.#tables.entries()) this.#updateEach(table, pairs(news[p]), timeMs);
        } else this.#tables = this.#updateAll(news, timeMs);
      });
      counts = this.durable.changed(
        timeMs,
        this.#tables.map((table) => table.changes()),
        { isReset: this.#tables !== before },
      );
    } catch (error) {
      this.#tables = before;
      for (const table of before) table.rollback();
      throw error;
    }
    for (const table of this.#tables) table.commit();
    counts();
    this.#isSeeded = true;
    return this.#tables.map((table) => table.rows());
  }

  #updateEach(table: StateTable<unknown>, news: Iterable<[unknown, unknown[]]>, timeMs: number): void {
    const fn = this.#fn.call as unknown as UpdateEach;
    const time = new Time(timeMs);
    const { origin } = this.#options;
    const call = (values: unknown[], state: unknown, key: unknown): unknown => {
      let result: unknown;
      try {
        result = fn(values, state, key, time);
      } catch (error) {
        throw lambdaError(origin, [key, values, state], error);
      }
      if (result instanceof Promise) throw promiseError(origin, [key, values, state], result);
      return result;
    };
    // The same object may have been changed.
    const recorded = this.durable.isRecorded;
    const valuesOf = new Map<unknown, unknown[]>();
    const unknownKeys: Array<[unknown, unknown[]]> = [];
    for (const [key, values] of news) {
      const entry = table.get(key);
      if (entry) valuesOf.set(entry, values);
      else unknownKeys.push([key, values]);
    }
    for (const entry of [...table.values()]) {
      const state = call(valuesOf.get(entry) ?? [], entry.state, entry.key);
      if (state === undefined) table.delete(entry.key);
      else if (!Object.is(state, entry.state) || (recorded && isObject(state))) table.put(entry.key, state, timeMs);
    }
    for (const [key, values] of unknownKeys) {
      const state = call(values, undefined, key);
      if (state !== undefined) table.put(key, state, timeMs);
    }
  }

  /** New tables of what the function yields; they take the place of the old ones only when all partitions are done. */
  #updateAll(news: ReadonlyArray<readonly unknown[]>, timeMs: number): Array<StateTable<unknown>> {
    const { origin, partitioner, update } = this.#options;
    const fn = this.#fn.call as unknown as UpdateAll;
    const time = new Time(timeMs);
    const tables = this.#newTables();
    for (const [p, table] of this.#tables.entries()) {
      const rows = cogroupedRows(table, pairs(news[p]));
      let yielded: Iterable<unknown>;
      try {
        yielded = fn(rows, time);
      } catch (error) {
        throw lambdaError(origin, rows, error);
      }
      for (const row of iterate(origin, yielded, rows)) {
        const [key, state] = asPair(origin, row);
        // A function that changes keys moves them, unless it says that it never does.
        const keeps = update.kind === "all" && update.keepsPartitions;
        const target = keeps ? p : partitionFor(origin, partitioner, key);
        tables[target]!.put(key, state, timeMs);
      }
    }
    return tables;
  }

  #newTables(): Array<StateTable<unknown>> {
    return Array.from({ length: this.#options.partitioner.numPartitions }, () => new StateTable<unknown>());
  }
}

/** Key, new values and state of every key: known ones in the order of their insertion, then new ones as they arrived. */
function cogroupedRows(
  table: StateTable<unknown>,
  news: Iterable<[unknown, unknown[]]>,
): Array<[unknown, unknown[], unknown]> {
  const rows = new Map<unknown, [unknown, unknown[], unknown]>();
  for (const entry of table.values()) rows.set(entry, [entry.key, [], entry.state]);
  for (const [key, values] of news) {
    const known = rows.get(table.get(key) ?? NONE);
    if (known) known[1] = values;
    else rows.set([key], [key, values, undefined]);
  }
  return [...rows.values()];
}

const NONE = {};

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function pairs(rows: readonly unknown[] | undefined): Array<[unknown, unknown[]]> {
  return (rows ?? []) as Array<[unknown, unknown[]]>;
}
