import type { InputBlock } from "../block/block.js";
import { KernelError } from "../errors.js";
import { isTrap, type Kernel } from "../kernel/kernel.js";
import { isBail } from "../kernel/program.js";
import { ROW_PUTS, ROW_REMOVES } from "../kernel/state-table.js";
import { BackOff } from "../plan/back-off.js";
import type { StageKernel } from "../plan/dataset.js";
import { NO_CHANGES, type SavedState } from "../plan/durable-state.js";
import type { StateTable } from "../state/state-table.js";
import type { ChangesOfVersion } from "./kernel-mapping.js";
import { KeyTables } from "./key-tables.js";
import { rowsOf } from "./keyed-rows.js";
import type { MappingCalls } from "./mapping-calls.js";
import type { StateSize } from "./state-limit.js";

export interface KeysInKernelOptions {
  readonly partitions: number;
  /** As of `MapWithStateOptions`. */
  readonly idleMs: number | undefined;
  readonly wantsSnapshots: boolean;
  /** As of `StateSpec`. */
  readonly isSaved?: boolean | undefined;
}

/** What a version is made of, by partition, and the calls of each of them. */
export interface CallsInput {
  readonly records: ReadonlyArray<readonly InputBlock[]>;
  readonly timeMs: number;
  callsOf(): MappingCalls;
  /** Told what the version changes, where that is saved. */
  readonly changed?: ChangesOfVersion | undefined;
}

export interface CallsOutput {
  readonly rows: ReadonlyArray<readonly unknown[]>;
  /** All pairs of each partition, where they are wanted. */
  readonly snapshots: ReadonlyArray<ReadonlyArray<[unknown, unknown]>>;
}

/**
 * The state of a `mapWithState` whose function runs as JavaScript: keys, their order and their touches lie in the kernel's memory, states are JavaScript
 * values at the numbers that their keys have there.
 *
 * A version first looks up the keys of all of its rows, where the kernel may find that it cannot tell them apart; only then is the function called. What the
 * calls did to their keys is done to the kernel's tables when a partition's rows are through.
 */
export class KeysInKernel {
  readonly #options: KeysInKernelOptions;
  readonly #keys: KeyTables;
  readonly #backOff = new BackOff();

  constructor(options: KeysInKernelOptions) {
    this.#options = options;
    this.#keys = new KeyTables({ ...options, tracksTouches: this.#tracksTouches });
  }

  /** As `MappingTables.takeSalvaged`. */
  takeSalvaged(): ReadonlyArray<StateTable<unknown>> | undefined {
    const salvaged = this.#keys.tables.takeSalvaged();
    if (salvaged) this.free();
    return salvaged;
  }

  /** Whether the state lies here. */
  get holds(): boolean {
    return this.#keys.tables.holds;
  }

  /** What lies here. */
  get size(): StateSize {
    return this.#keys.tables.size;
  }

  /** Whether a version should be tried here. */
  attempt(): boolean {
    return this.#backOff.attempt();
  }

  /** The kernel has left a version to JavaScript. */
  bailed(): void {
    this.#backOff.bailed();
  }

  /** As `MappingTables.moved`. */
  moved(): ReadonlyArray<StateTable<unknown>> {
    return this.#keys.tables.moved();
  }

  free(): void {
    this.#keys.free();
  }

  /** Takes over what was saved; false, and nothing is done, where the kernel has no such keys. */
  restore(stage: StageKernel, saved: SavedState["partitions"]): boolean {
    if (saved.every(({ length }) => length === 0)) return true;
    return this.#keys.tables.guard(stage, (kernel) => {
      this.free();
      try {
        this.#keys.restore(kernel, saved);
        return true;
      } catch (error) {
        if (isTrap(error)) throw error;
        this.free();
        if (error instanceof KernelError) return false;
        throw error;
      }
    });
  }

  /**
   * Makes the next version, or leaves everything as it was and throws: a `KernelError` "bail", before any call, where JavaScript has to make it without the
   * kernel; "version-lost" where a trap has cost the kernel's memory after some calls, so that they cannot be made again.
   */
  next(stage: StageKernel, { records, timeMs, callsOf, changed }: CallsInput): CallsOutput {
    const { tables, states } = this.#keys;
    const numbers = this.#keys.lookUpAll(stage, records, timeMs);
    if (numbers === undefined) {
      const nothing = states.map(() => []);
      changed?.(nothing.map(() => NO_CHANGES))();
      return { rows: nothing, snapshots: nothing };
    }
    try {
      const rows = numbers.map((of, partition) => {
        const calls = callsOf();
        this.#callRows(stage, records[partition] ?? [], of, partition, calls);
        if (this.#tracksTouches) this.#timeOut(stage, partition, timeMs, calls);
        return calls.mapped;
      });
      const counts = this.#afterCalls(stage, (kernel) => {
        const saved = changed?.(tables.changes(kernel));
        tables.commit();
        return saved;
      });
      for (const each of states) each.commit();
      counts?.();
      return { rows, snapshots: this.#options.wantsSnapshots ? states.map((each) => each.pairs()) : [] };
    } catch (error) {
      stage.guard(() => this.#keys.rollback());
      throw error;
    }
  }

  get #tracksTouches(): boolean {
    return this.#options.idleMs !== undefined;
  }

  /** Calls the function for each row in turn, then does to the keys what the calls have done. */
  #callRows(
    stage: StageKernel,
    blocks: readonly InputBlock[],
    numbers: Uint32Array,
    partition: number,
    calls: MappingCalls,
  ): void {
    const { table, states } = this.#keys.partition(partition);
    const changes = new Uint32Array(numbers.length);
    // A state that is an object may be changed without an update: what was touched is saved.
    const keepsTouched = this.#tracksTouches || this.#options.isSaved === true;
    const current = calls.state;
    let at = 0;
    for (const rows of rowsOf(stage, blocks)) {
      for (const [given, value] of rows as ReadonlyArray<readonly [unknown, unknown]>) {
        const number = numbers[at]!;
        const key = given === 0 ? 0 : given; // -0 is the key 0
        const before = states.get(number);
        calls.call(key, value, before, false);
        if (current.isRemoved) {
          if (before !== undefined) {
            states.delete(number);
            changes[at] = ROW_REMOVES;
          }
        } else if (current.isUpdated || (keepsTouched && current.exists())) {
          states.set(number, key, current.get());
          changes[at] = ROW_PUTS;
        }
        at++;
      }
    }
    const moved = this.#afterCalls(stage, () => table.settleRows(changes));
    states.grow(table.entries);
    // A key that moved several times has its state where the last one put it.
    for (const { row, number } of moved.reverse()) states.move(numbers[row]!, number);
  }

  /** One last call for each key that was idle for too long, which is removed. */
  #timeOut(stage: StageKernel, partition: number, timeMs: number, calls: MappingCalls): void {
    const { table, states } = this.#keys.partition(partition);
    const { list, pairs } = this.#afterCalls(stage, (kernel) => {
      const idle = table.idle(timeMs - this.#options.idleMs!);
      table.select(idle);
      const found = idle.count === 0 ? [] : this.#keys.tables.pairs(kernel, table);
      table.select(undefined);
      return { list: idle, pairs: found as Array<[unknown, number]> };
    });
    for (const [key, number] of pairs) {
      calls.call(key, undefined, states.get(number), true);
      states.delete(number);
    }
    this.#afterCalls(stage, () => table.remove(list));
  }

  /** As `MappingTables.guard`, where calls have been made, which cannot be made again. */
  #afterCalls<R>(stage: StageKernel, body: (kernel: Kernel) => R): R {
    try {
      return this.#keys.tables.guard(stage, body);
    } catch (error) {
      if (!isBail(error)) throw error;
      throw new KernelError("The kernel's memory was lost in a version of a state, which counts for nothing.", {
        code: "version-lost",
        cause: error,
      });
    }
  }
}
