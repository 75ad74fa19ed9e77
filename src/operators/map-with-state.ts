import { Door } from "../door.js";
import { needLowering } from "../lowering/door.js";
import type { Refusal } from "../lowering/expression.js";
import { type Dataset, type StageRunner, shuffled } from "../plan/dataset.js";
import { entriesIn, type SavedState } from "../plan/durable-state.js";
import type { Origin } from "../plan/origin.js";
import type { Partitioner } from "../plan/partitioner.js";
import { isOfScalars, type RowType } from "../plan/row-type.js";
import type { OperatorForm, StreamBatch, StreamOperator } from "../plan/stream-operator.js";
import type { MappingFunction } from "../state/current-state.js";
import { DurableTables } from "../state/durable-tables.js";
import { StateTable } from "../state/state-table.js";
import { StateVersions } from "../state/state-versions.js";
import { UserFunction } from "./lambda.js";
import { MappingCalls } from "./mapping-calls.js";
import type { MadeVersion, StateInKernel } from "./mapping-in-kernel.js";
import { PartitionByOperator } from "./partition-by.js";
import { keyError } from "./partition-for.js";
import { putPairs } from "./put-pairs.js";

type Mapping = MappingFunction<unknown, unknown, unknown, unknown>;

export interface MapWithStateOptions {
  readonly origin: Origin;
  readonly partitioner: Partitioner;
  readonly fn: Mapping;
  readonly emitsUndefined: boolean;
  /** A key without a record for longer than this times out. */
  readonly idleMs: number | undefined;
  readonly initial: Dataset | undefined;
}

/** Opened before the first batch. */
export const mappingInKernel = /* @__PURE__ */ new Door(
  "maps with a state in the kernel",
  () => import("./mapping-in-kernel.js"),
);

/** Where the function takes the state. */
const STATE_INDEX = 2;

/** What one version gives out besides the mapped rows: all pairs, where somebody wants them. */
type Snapshots = ReadonlyArray<ReadonlyArray<[unknown, unknown]>>;

/**
 * One call for each record, in order of arrival within its partition; then one for each key that timed out, the one idle longest first. Emits what the
 * calls return. **Cost:** by record, not by key. Without a batch of its parent a batch has no records, and time-outs still fire.
 */
export class MapWithStateStream implements StreamOperator {
  readonly name: string;
  readonly isStateful = true;
  readonly forms: readonly OperatorForm[];
  readonly #options: MapWithStateOptions;
  readonly #fn: UserFunction<Mapping>;
  readonly #deal: PartitionByOperator;
  readonly #versions: StateVersions;
  readonly durable: DurableTables;
  /** The state in the kernel, from the first version on that could be made there; where it does not hold it the tables do. */
  #kernel: StateInKernel | undefined;
  #tables: ReadonlyArray<StateTable<unknown>>;
  /** What a checkpoint had, until the first version is made. */
  #saved: SavedState["partitions"] | undefined;
  readonly #snapshots = new WeakMap<Dataset, Snapshots>();
  #wantsSnapshots = false;
  /** The initial pairs are in the tables, or there are none. */
  #isSeeded: boolean;

  constructor(options: MapWithStateOptions) {
    const { origin, partitioner, fn } = options;
    this.name = origin.name;
    this.#options = options;
    this.#fn = new UserFunction(origin, fn);
    this.#deal = new PartitionByOperator(origin, partitioner);
    this.#versions = new StateVersions(this.name, partitioner.numPartitions);
    this.#isSeeded = options.initial === undefined;
    this.#tables = this.#newTables();
    this.durable = new DurableTables({
      versions: this.#versions,
      numPartitions: partitioner.numPartitions,
      load: ({ partitions }) => {
        this.#saved = partitions;
        this.#isSeeded = true;
      },
    });
    this.forms = [
      { kind: "shuffle", operator: this.#deal },
      {
        kind: "stage",
        why: "state lies on the host's thread",
        how: "rows of one key in turn, the state in a table",
        typeFor: (rows) => this.#typeFor(rows),
        keeps: keysKept,
      },
    ];
  }

  prepare(): void {
    this.#fn.prepare();
  }

  identity(): readonly string[] {
    const { idleMs, initial } = this.#options;
    return [`timeout ${idleMs}`, initial ? "from initial pairs" : "from nothing", this.#fn.identity];
  }

  async compute(batch: StreamBatch): Promise<Dataset | undefined> {
    const { time } = batch;
    if (time <= this.#versions.lastMs) return undefined;
    const parent = await batch.parent();
    const dealt = parent && shuffled(parent, this.#deal);
    // A batch that fails leaves it to the next one.
    const given = this.#isSeeded ? undefined : shuffled(this.#options.initial!, this.#deal);
    const stage: Dataset = this.#versions.next({
      timeMs: time,
      parents: [dealt, given].filter((dataset) => dataset !== undefined),
      update: async (runner) => {
        const made = await this.#updateInKernel(runner, dealt, given, time);
        const rows = made?.rows ?? (await this.#update(runner, dealt, given, time));
        if (this.#wantsSnapshots) {
          this.#snapshots.set(stage, made?.snapshots ?? this.#tables.map((table) => table.rows()));
        }
        return rows;
      },
    });
    return stage;
  }

  #typeFor(rows: RowType): RowType | Refusal {
    const lowered = this.#fn.stateful(STATE_INDEX);
    if (!lowered.ok) return lowered;
    const { emitsUndefined, idleMs } = this.#options;
    const fn = { stateful: lowered.stateful, emitsUndefined, tracksTouches: idleMs !== undefined };
    const made = needLowering().statePrograms.updateProgram(rows, fn, undefined);
    return "program" in made ? made.program.type : made;
  }

  /** Called while the graph is built: some stream wants all pairs of each version. */
  wantSnapshots(): void {
    this.#wantsSnapshots = true;
  }

  /** All pairs after the version that `stage` is, which has run. */
  snapshotOf(stage: Dataset): Snapshots {
    return this.#snapshots.get(stage)!;
  }

  doneUpTo(timeMs: number): void {
    if (timeMs === Number.POSITIVE_INFINITY) this.#kernel?.free();
  }

  /** The next version, made in the kernel or with the keys there; undefined where JavaScript makes it, from tables that then have the state. */
  async #updateInKernel(
    runner: StageRunner,
    dealt: Dataset | undefined,
    given: Dataset | undefined,
    timeMs: number,
  ): Promise<MadeVersion | undefined> {
    const { kernel } = runner;
    if (kernel === undefined) return undefined;
    const isSaved = this.durable.isRecorded;
    const { firstRecord, StateInKernel } = await mappingInKernel.open();
    const { partitioner, emitsUndefined, idleMs } = this.#options;
    this.#kernel ??= new StateInKernel({
      name: this.name,
      partitions: partitioner.numPartitions,
      emitsUndefined,
      idleMs,
      wantsSnapshots: this.#wantsSnapshots,
      isSaved,
      saved: this.#saved,
    });
    this.#saved = undefined;
    const records = dealt ? await runner.blocksOf(dealt) : [];
    const initial = given && !this.#isSeeded ? await runner.blocksOf(given) : undefined;
    const record = firstRecord(kernel, records);
    if (record) this.#fn.agreesStateful(STATE_INDEX, record);
    const made = this.#kernel.next({
      stage: kernel,
      asTask: (body) => runner.asTask(body),
      records,
      initial,
      timeMs,
      lowered: this.#fn.stateful(STATE_INDEX),
      callsOf: () => this.#callsAt(timeMs),
      changed: isSaved ? (partitions) => this.durable.changed(timeMs, partitions) : undefined,
      tables: this.#tables,
    });
    if ("tables" in made) {
      this.#tables = made.tables;
      return undefined;
    }
    this.#tables = this.#newTables();
    this.#isSeeded = true;
    return made;
  }

  #newTables(): Array<StateTable<unknown>> {
    const { partitioner, idleMs } = this.#options;
    const tracksTouches = idleMs !== undefined;
    return Array.from({ length: partitioner.numPartitions }, () => new StateTable<unknown>({ tracksTouches }));
  }

  async #update(
    runner: StageRunner,
    dealt: Dataset | undefined,
    given: Dataset | undefined,
    timeMs: number,
  ): Promise<unknown[][]> {
    const records = dealt ? await runner.rowsOf(dealt) : [];
    const initial = given && !this.#isSeeded ? await runner.rowsOf(given) : [];
    for (const [p, pieces] of (this.#saved ?? []).entries()) this.#tables[p]!.load(entriesIn(pieces));
    this.#saved = undefined;
    try {
      const rows = runner.asTask(() =>
        this.#tables.map((table, partition) => {
          putPairs(table, initial[partition], this.#options.origin, timeMs);
          return this.#updatePartition(table, records[partition] ?? [], timeMs);
        }),
      );
      const counts = this.durable.changed(
        timeMs,
        this.#tables.map((table) => table.changes()),
      );
      for (const table of this.#tables) table.commit();
      counts();
      // Where the version fails the kernel still has what came before it.
      this.#kernel?.free();
      this.#isSeeded = true;
      return rows;
    } catch (error) {
      for (const table of this.#tables) table.rollback();
      throw keyError(this.#options.origin, error);
    }
  }

  #updatePartition(table: StateTable<unknown>, records: readonly unknown[], timeMs: number): unknown[] {
    const { idleMs } = this.#options;
    // A state that is an object may be changed without an update: what was touched is saved.
    const keepsTouched = idleMs !== undefined || this.durable.isRecorded;
    const calls = this.#callsAt(timeMs);
    const current = calls.state;
    for (const record of records) {
      const [given, value] = record as [unknown, unknown];
      const key = given === 0 ? 0 : given; // -0 is the key 0
      calls.call(key, value, table.get(key)?.state, false);
      if (current.isRemoved) table.delete(key);
      else if (current.isUpdated || (keepsTouched && current.exists())) table.put(key, current.get(), timeMs);
    }
    if (idleMs !== undefined) {
      for (const { key, state } of table.idleSince(timeMs - idleMs)) {
        calls.call(key, undefined, state, true);
        table.delete(key);
      }
    }
    return calls.mapped;
  }

  #callsAt(timeMs: number): MappingCalls {
    const { origin, emitsUndefined } = this.#options;
    return new MappingCalls({ origin, fn: this.#fn.call, emitsUndefined, timeMs });
  }
}

/** What the kernel has of a state whose function runs as JavaScript, for pairs of a type. */
function keysKept(pairs: RowType | undefined): string | undefined {
  const keys = "its keys and time-outs lie in the kernel";
  if (pairs === undefined) return `${keys}, where keys are of one type`;
  return pairs.kind === "tuple" && pairs.items[0] && isOfScalars(pairs.items[0]) ? keys : undefined;
}

/** The key and state of every key after each batch of a `mapWithState`, in order of insertion. */
export class StateSnapshotsStream implements StreamOperator {
  readonly name = "stateSnapshots";
  readonly forms = [{ kind: "stage", why: "state lies on the host's thread" }] as const;
  readonly #source: MapWithStateStream;

  constructor(source: MapWithStateStream) {
    this.#source = source;
    source.wantSnapshots();
  }

  async compute(batch: StreamBatch): Promise<Dataset | undefined> {
    const stage = await batch.parent();
    if (stage?.kind !== "stage") return undefined;
    return {
      kind: "stage",
      name: this.name,
      parents: [stage],
      partitionCount: stage.partitionCount,
      run: async (runner) => {
        await runner.rowsOf(stage);
        return this.#source.snapshotOf(stage);
      },
    };
  }
}
