import type { RowsBlock } from "../block/block.js";
import { type Entry, KeyMap } from "../block/key.js";
import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import { type Expression, type Refusal, refuse } from "../lowering/expression.js";
import type { KernelEnd, ShuffleOperator, Sink } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { isByHash, type Partitioner, partitionerIdentity } from "../plan/partitioner.js";
import { type Combine, groupedBy } from "./kernel-aggregate.js";
import { asPair, lambdaError, promiseError, type UserFunction } from "./lambda.js";
import { keyError, partitionFor } from "./partition-for.js";

/** How the values of a key become one combined value. */
export interface Aggregator {
  readonly create: (value: unknown) => unknown;
  readonly mergeValue: (combined: unknown, value: unknown) => unknown;
  /** `a` comes before `b`. It may change `a` where `own` is there. */
  readonly mergeCombined: (a: unknown, b: unknown) => unknown;
  /** Of a combined value that others may read too: one that `mergeCombined` may change. */
  readonly own?: (combined: unknown) => unknown;
  /** Of what a task has combined, where that is no value that rows may have: the value for the row. `own` is its inverse. */
  readonly seal?: (combined: unknown) => unknown;
}

export interface CombineOptions {
  readonly origin: Origin;
  readonly partitioner: Partitioner;
  /** Asked for once a task: functions that are captured are known then. */
  readonly aggregator: () => Aggregator;
  /** The program's functions that the aggregator calls. */
  readonly functions?: ReadonlyArray<UserFunction<(...args: never[]) => unknown>>;
  /** What tells the aggregator from others, where it is the library's own. */
  readonly parameters?: readonly string[];
  /** Set where functions, partitioner and parameters are all there is to it. */
  readonly isIdentified?: true;
  /** Why the kernel has no such aggregator, whatever the rows are. */
  readonly refusal?: Refusal;
  /** Whether its functions give for a value what they were lowered to. */
  readonly agrees?: (value: unknown, key: unknown) => boolean;
  /** The kernel form of a map task that combines: what becomes of the value of a pair. */
  readonly aggregates?: Combine;
  /** The kernel form of a reducer: what becomes of a combined value. */
  readonly merges?: Combine;
  /** What the kernel form of a map task does, in words; default: that it combines by key. */
  readonly how?: string;
  /** As `ShuffleOperator.dealt`. */
  readonly dealt?: ShuffleOperator;
  /** Whether map tasks combine values before they are brought together; default true. */
  readonly mapSideCombine?: boolean;
}

const asItIs = (combined: unknown) => combined;

/**
 * One pair for each key, its values combined: within each partition first, then across partitions in their order. Keys come in order of first
 * arrival.
 */
export class CombineByKeyOperator implements ShuffleOperator {
  readonly name: string;
  readonly partitioner: Partitioner;
  readonly isCombined: boolean;
  readonly #options: CombineOptions;

  constructor(options: CombineOptions) {
    this.name = options.origin.name;
    this.partitioner = options.partitioner;
    this.isCombined = options.mapSideCombine ?? true;
    this.#options = options;
  }

  prepare(): void {
    for (const fn of this.#options.functions ?? []) fn.prepare();
  }

  identity(): readonly string[] {
    const functions = this.#options.functions ?? [];
    const combining = this.isCombined ? "combined by map tasks" : "brought together as they are";
    const { parameters = [] } = this.#options;
    return [
      partitionerIdentity(this.partitioner),
      combining,
      ...parameters,
      ...functions.map(({ identity }) => identity),
    ];
  }

  isLike(other: ShuffleOperator): boolean {
    if (!(other instanceof CombineByKeyOperator) || other.name !== this.name) return false;
    const { functions = [], isIdentified } = this.#options;
    const { functions: others = [], isIdentified: isOtherIdentified } = other.#options;
    if (!isIdentified || !isOtherIdentified || functions.length !== others.length) return false;
    return functions.every((fn, i) => fn.isLike(others[i]!)) && this.identity().join() === other.identity().join();
  }

  get dealt(): ShuffleOperator | undefined {
    return this.#options.dealt;
  }

  get refusal(): Refusal | undefined {
    const { refusal: own, functions = [] } = this.#options;
    for (const { refusal } of functions) if (refusal) return refusal;
    return own;
  }

  get form(): Expression | undefined {
    for (const { form } of this.#options.functions ?? []) if (form !== undefined) return form;
    return undefined;
  }

  agrees(row: unknown): boolean {
    return !Array.isArray(row) || (this.#options.agrees?.(row[1], row[0]) ?? true);
  }

  endOf(rows: KernelRows): KernelEnd | Refusal {
    if (!isByHash(this.partitioner)) return refuse("the partitioner is a function");
    if (!this.isCombined) return refuse("map tasks combine nothing");
    return groupedBy(rows, this.#options.aggregates, this.#options.how ?? "combines by key");
  }

  mergeEndOf(rows: KernelRows): KernelEnd | Refusal {
    return groupedBy(rows, this.#options.merges, "merges what the map tasks made");
  }

  combine(): Sink & { result(): RowsBlock[] } {
    if (!this.isCombined) return this.#dealing();
    const groups = new KeyMap<unknown>();
    const { create, mergeValue, seal = asItIs } = this.#options.aggregator();
    return {
      ...this.#grouping(groups, create, mergeValue),
      result: () => {
        const rows: unknown[][] = Array.from({ length: this.partitioner.numPartitions }, () => []);
        for (const { key, value } of groups.entries) rows[this.#partitionOf(key)]!.push(this.#pair(key, value, seal));
        return rows.map((partition) => ({ kind: "rows", rows: partition }));
      },
    };
  }

  merge(): Sink & { result(): RowsBlock } {
    const groups = new KeyMap<unknown>();
    const { create, mergeValue, mergeCombined, own = asItIs, seal = asItIs } = this.#options.aggregator();
    return {
      ...(this.isCombined ? this.#grouping(groups, own, mergeCombined) : this.#grouping(groups, create, mergeValue)),
      result: () => ({ kind: "rows", rows: groups.entries.map(({ key, value }) => this.#pair(key, value, seal)) }),
    };
  }

  #pair(key: unknown, value: unknown, seal: (combined: unknown) => unknown): [unknown, unknown] {
    if (value instanceof Promise) throw promiseError(this.#options.origin, key, value);
    return [key, seal(value)];
  }

  #grouping(
    groups: KeyMap<unknown>,
    create: (value: unknown) => unknown,
    merge: (combined: unknown, value: unknown) => unknown,
  ): Sink {
    const { origin } = this.#options;
    return {
      push: (row) => {
        const pair = asPair(origin, row);
        let entry: Entry<unknown> | undefined;
        try {
          entry = groups.entry(pair[0]);
        } catch (error) {
          throw keyError(origin, error);
        }
        try {
          if (entry === undefined) groups.add(pair[0], create(pair[1]));
          else entry.value = merge(entry.value, pair[1]);
        } catch (error) {
          throw lambdaError(origin, pair, error);
        }
      },
      end: () => {},
    };
  }

  /** A map task that combines nothing. */
  #dealing(): Sink & { result(): RowsBlock[] } {
    const rows: unknown[][] = Array.from({ length: this.partitioner.numPartitions }, () => []);
    return {
      push: (row) => rows[this.#partitionOf(asPair(this.#options.origin, row)[0])]!.push(row),
      end: () => {},
      result: () => rows.map((partition) => ({ kind: "rows", rows: partition })),
    };
  }

  #partitionOf(key: unknown): number {
    return partitionFor(this.#options.origin, this.partitioner, key);
  }
}
