import { needLowering } from "../lowering/door.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import type { ValuesUpdate } from "../lowering/values-update.js";
import { BackOff } from "../plan/back-off.js";
import type { Dataset, StageRunner } from "../plan/dataset.js";
import type { Origin } from "../plan/origin.js";
import type { Partitioner } from "../plan/partitioner.js";
import { type RowType, sameType } from "../plan/row-type.js";
import type { BatchScope } from "../plan/scope.js";
import type { FramedState, StateUpdatePlan } from "../plan/state-update.js";
import type { StateTable } from "../state/state-table.js";
import { FramedVersion, type VersionBefore } from "./framed-version.js";
import type { UserFunction } from "./lambda.js";
import { PartitionByOperator } from "./partition-by.js";
import { type StateSize, stateError } from "./state-limit.js";

/** Pairs of types that an update is planned for. */
const PLANS_MAX = 8;

interface KnownPlan {
  readonly records: RowType | undefined;
  readonly state: RowType | undefined;
  readonly plan: StateUpdatePlan | Refusal;
}

/**
 * The kernel form of a state that a function `(values, state, key) => state` updates: versions of it as sealed frames. A version is made beside the one
 * before, which is given back when the new one counts. Where the kernel does not do it, the state is handed out as rows, and can be taken back later.
 */
export class KernelState {
  readonly deal: PartitionByOperator;
  readonly #name: string;
  readonly #fn: UserFunction<(...args: never[]) => unknown>;
  readonly #version = new FramedVersion();
  #update: ValuesUpdate | Refusal | undefined;
  #plans: KnownPlan[] = [];
  readonly #backOff = new BackOff();

  constructor(origin: Origin, partitioner: Partitioner, fn: UserFunction<(...args: never[]) => unknown>) {
    this.#name = origin.name;
    this.#fn = fn;
    this.deal = new PartitionByOperator(origin, partitioner, (row) => this.#agrees(row));
  }

  /** The version that counts; undefined where the kernel has none. */
  get version(): FramedState | undefined {
    return this.#version.counts;
  }

  /** How records and a state of these types are brought together, or why the kernel does not do it. */
  planFor(records: RowType | undefined, state: RowType | undefined): StateUpdatePlan | Refusal {
    const { refusal } = this.#fn;
    if (refusal) return refusal;
    this.#update ??= needLowering().valuesUpdateOf(this.#fn.lowering);
    if ("ok" in this.#update) return this.#update;
    const known = this.#plans.find((each) => sameType(each.records, records) && sameType(each.state, state));
    if (known) return known.plan;
    const isEmpty = records === undefined && state === undefined;
    const plan = isEmpty
      ? refuse("there is nothing to update")
      : needLowering().planUpdate(this.#update, records, state);
    this.#plans.push({ records, state, plan });
    if (this.#plans.length > PLANS_MAX) this.#plans.shift();
    return plan;
  }

  /** What the rows of the state are in the kernel once it has come to rest, for records of a type; or why it is not there. */
  typeFor(records: RowType): RowType | Refusal {
    const first = this.planFor(records, undefined);
    if ("ok" in first) return first;
    const next = this.planFor(records, first.type);
    return "ok" in next ? next : next.type;
  }

  /** Whether the kernel should be asked for the next version: not where it cannot do it, nor for some time after it left one to JavaScript. */
  attempt(): boolean {
    if (this.#fn.refusal || (this.#update !== undefined && "ok" in this.#update)) return false;
    return this.#backOff.attempt();
  }

  /**
   * The version after a batch of `records` (undefined: there is none), which does not count yet; undefined where JavaScript has to make it. `rows`: the
   * state as rows, where the kernel does not have it. `isSaved`: the version says what it changes.
   */
  async next(
    runner: StageRunner,
    records: Dataset | undefined,
    rows: ReadonlyArray<readonly unknown[]> | undefined,
    isSaved: boolean,
  ): Promise<FramedState | undefined> {
    const hasRows = rows?.some((partition) => partition.length > 0) === true;
    const framed = hasRows ? runner.states.frame(rows) : undefined;
    if (hasRows && framed === undefined) return this.#leave();
    const before = this.#version.counts ?? framed;
    if (before === undefined && records === undefined) return undefined;
    try {
      const made = await runner.states.update({
        name: this.#name,
        before,
        records,
        deal: this.deal,
        isSaved,
        planFor: (of, state) => this.planFor(of, state),
      });
      if (made !== "bail" && !("ok" in made)) return made;
      return made === "bail" || before ? this.#leave() : undefined;
    } catch (error) {
      throw stateError(this.#name, error, before ? sizeOf(before) : NOTHING);
    } finally {
      if (framed) runner.states.release(framed.scope);
    }
  }

  /** As `FramedVersion.take`. */
  take(runner: StageRunner, version: FramedState, before: VersionBefore): void {
    this.#version.take(runner, version, before);
  }

  /** As `FramedVersion.moveTo`. */
  moveTo(tables: ReadonlyArray<StateTable<unknown>>, rows: ReadonlyArray<readonly unknown[]>): void {
    this.#version.moveTo(tables, rows);
  }

  /** Gives the version back, with its scope: the state is JavaScript's from here on. */
  drop(release: (scope: BatchScope) => void): void {
    this.#version.drop(release);
  }

  #leave(): undefined {
    this.#backOff.bailed();
  }

  /** Asked about a record of each batch: the function is free of effects, so it may be called for that. */
  #agrees(row: unknown): boolean {
    if (!Array.isArray(row) || row.length !== 2) return true;
    const [key, value] = row as [unknown, unknown];
    const fn = this.#fn.call as unknown as (values: unknown[], state: unknown, key: unknown) => unknown;
    let state: unknown;
    try {
      state = fn([value], undefined, key);
    } catch {
      return this.#fn.agrees([value], undefined, key);
    }
    return this.#fn.agrees([value], undefined, key) && this.#fn.agrees([value, value], state, key);
  }
}

const NOTHING: StateSize = { keys: 0, bytes: 0 };

function sizeOf({ partitions }: FramedState): StateSize {
  const frames = partitions.flat();
  const sum = (of: (frame: (typeof frames)[number]) => number) => frames.reduce((total, each) => total + of(each), 0);
  return { keys: sum(({ rows }) => rows), bytes: sum(({ bytes }) => bytes) };
}
