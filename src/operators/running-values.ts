import { KeyMap } from "../block/key.js";
import { PlanError } from "../errors.js";
import { entriesIn, type SavedState } from "../plan/durable-state.js";
import type { Origin } from "../plan/origin.js";
import { StateTable } from "../state/state-table.js";
import type { WindowFunctions } from "./kernel-window.js";
import { lambdaError, type UserFunction } from "./lambda.js";
import type { Reducer } from "./reduce-by-key.js";

/** The rows of each partition of a pane. */
export type PaneRows = ReadonlyArray<readonly unknown[]>;
/** The values of each key, reduced to one, by partition. */
type Reduced = ReadonlyArray<KeyMap<unknown>>;

/** What a slide brings, by panes in their order. `remaining`: all that the window has then, where a key that was removed asks for it. */
export interface SlideRows {
  readonly leaving: readonly PaneRows[];
  readonly entering: readonly PaneRows[];
  readonly remaining: readonly PaneRows[];
}

/** The running values of a window with an inverse as JavaScript values, by partition. What a slide changes is committed or rolled back as a whole. */
export class RunningValues {
  readonly #origin: Origin;
  readonly #functions: WindowFunctions;
  #tables: Array<StateTable<unknown>>;
  /** Keys that the filter removed although values of theirs were in the window. */
  #removed: Array<KeyMap<true>>;

  constructor(origin: Origin, numPartitions: number, functions: WindowFunctions) {
    this.#origin = origin;
    this.#functions = functions;
    this.#tables = Array.from({ length: numPartitions }, () => new StateTable<unknown>());
    this.#removed = this.#tables.map(() => new KeyMap<true>());
  }

  /** Whether there are keys that the filter removed although the window has values of theirs. */
  get hasRemoved(): boolean {
    return this.#removed.some(({ size }) => size > 0);
  }

  get tables(): ReadonlyArray<StateTable<unknown>> {
    return this.#tables;
  }

  /** Keys that the filter removed although values of theirs were in the window. */
  get removed(): ReadonlyArray<KeyMap<true>> {
    return this.#removed;
  }

  /** Takes what was saved, and the keys that are removed and have values in the window. */
  restore(partitions: SavedState["partitions"], removed: ReadonlyArray<readonly unknown[]>): void {
    for (const [p, table] of this.#tables.entries()) table.load(entriesIn(partitions[p]!));
    this.#removed = removed.map((keys) => {
      const map = new KeyMap<true>();
      for (const key of keys) map.add(key, true);
      return map;
    });
  }

  /** The pairs of each partition, keys in the order in which they came. */
  rows(): Array<Array<[unknown, unknown]>> {
    return this.#tables.map((table) => table.rows());
  }

  clear(): void {
    this.#tables = this.#tables.map(() => new StateTable<unknown>());
  }

  rollback(): void {
    for (const table of this.#tables) table.rollback();
  }

  /** Makes a slide count; `removed` are the keys that are removed and have values in the window. */
  commit(removed: ReadonlyArray<KeyMap<true>>): void {
    for (const table of this.#tables) table.commit();
    this.#removed = [...removed];
  }

  /** Adds and takes away; returns the keys that are still removed and have values in the window. */
  slide({ leaving, entering, remaining }: SlideRows, timeMs: number): Array<KeyMap<true>> {
    const [out, into, rest] = [this.#reduced(leaving), this.#reduced(entering), this.#reduced(remaining)];
    return this.#tables.map((table, p) => this.#updatePartition(p, table, out[p]!, into[p]!, rest[p]!, timeMs));
  }

  #updatePartition(
    partition: number,
    table: StateTable<unknown>,
    leaving: KeyMap<unknown>,
    entering: KeyMap<unknown>,
    remaining: KeyMap<unknown>,
    timeMs: number,
  ): KeyMap<true> {
    const removedBefore = this.#removed[partition]!;
    const removed = new KeyMap<true>();
    for (const { key, value } of leaving.entries) {
      const entry = table.get(key);
      if (entry) table.put(key, this.#call(this.#functions.inverse, entry.state, value, key), timeMs);
      else if (!removedBefore.has(key)) throw this.#unknownKey(key, timeMs);
    }
    for (const { key, value } of entering.entries) {
      const entry = table.get(key);
      if (entry) table.put(key, this.#call(this.#functions.fn, entry.state, value, key), timeMs);
    }
    // New keys and those that return, in the order in which the window has them: what was removed leaves no trace in it.
    for (const { key, value } of (removedBefore.size > 0 ? remaining : entering).entries) {
      if (table.get(key)) continue;
      // Where nothing has changed for a key, it stays as the filter left it.
      if (entering.has(key) || leaving.has(key)) table.put(key, value, timeMs);
      else if (removedBefore.has(key)) removed.add(key, true);
    }
    return removed;
  }

  /** Deletes the keys that the filter does not want, and says which. */
  filterOut(): Array<readonly [partition: number, key: unknown]> {
    const filter = this.#functions.filter!.call;
    const gone: Array<readonly [partition: number, key: unknown]> = [];
    for (const [p, table] of this.#tables.entries()) {
      for (const { key, state } of [...table.values()]) {
        let stays: unknown;
        try {
          stays = filter([key, state]);
        } catch (error) {
          throw lambdaError(this.#origin, [key, state], error);
        }
        if (stays) continue;
        table.delete(key);
        gone.push([p, key]);
      }
    }
    return gone;
  }

  /** The panes reduced to one, in their order. */
  #reduced(panes: readonly PaneRows[]): Reduced {
    const result = this.#tables.map(() => new KeyMap<unknown>());
    for (const pane of panes) {
      for (const [p, rows] of pane.entries()) {
        const groups = result[p]!;
        for (const row of rows) {
          const [key, value] = row as [unknown, unknown];
          const entry = groups.entry(key);
          if (entry) entry.value = this.#call(this.#functions.fn, entry.value, value, key);
          else groups.add(key, value);
        }
      }
    }
    return result;
  }

  #call(fn: UserFunction<Reducer>, a: unknown, b: unknown, key: unknown): unknown {
    try {
      return fn.call(a, b);
    } catch (error) {
      throw lambdaError(this.#origin, [key, [a, b]], error);
    }
  }

  #unknownKey(key: unknown, timeMs: number): PlanError {
    return new PlanError(
      `Neither previous window has value for key, nor new values found: ${this.#origin.name} at ${timeMs} ms lost track of a key. ` +
        "Are the keys of the same record always equal?",
      { code: "unknown-key", details: { operator: this.#origin.name, key, timeMs } },
    );
  }
}

/** Pairs with the number of panes that have the key, by partition. */
export function withPaneCounts(
  rows: ReadonlyArray<ReadonlyArray<readonly [unknown, unknown]>>,
  panes: readonly PaneRows[],
): unknown[][] {
  const counts = rows.map(() => new KeyMap<number>());
  for (const pane of panes) {
    for (const [p, pairs] of pane.entries()) {
      for (const pair of pairs) {
        const [key] = pair as [unknown, unknown];
        counts[p]!.set(key, (counts[p]!.get(key) ?? 0) + 1);
      }
    }
  }
  return rows.map((pairs, p) => pairs.map(([key, value]) => [key, value, counts[p]!.get(key) ?? 0]));
}
