import type { InputBlock } from "../block/block.js";
import { typeOfRows } from "../block/row-encoder.js";
import { NUMBER, type RowType, sameType } from "../block/row-type.js";
import { KernelError } from "../errors.js";
import { ASSISTS } from "../kernel/assist.js";
import type { FinishedBlock } from "../kernel/frame.js";
import { isTrap, type Kernel } from "../kernel/kernel.js";
import { bail, isBail, ProgramRun } from "../kernel/program.js";
import { ROW_PUTS, ROW_REMOVES } from "../kernel/state-table.js";
import type { BuiltProgram } from "../lowering/compile/kernel-rows.js";
import { needLowering } from "../lowering/door.js";
import { BackOff } from "../plan/back-off.js";
import type { StageKernel } from "../plan/dataset.js";
import { NumberedStates } from "../state/numbered-states.js";
import type { StateTable } from "../state/state-table.js";
import { encodedKeys, type KeyColumns, keyColumnsOf, rowCount, rowsOf } from "./keyed-rows.js";
import type { MappingCalls } from "./mapping-calls.js";
import { inOrder, MappingTables } from "./mapping-tables.js";
import type { StateSize } from "./state-limit.js";

export interface KeysInKernelOptions {
  readonly partitions: number;
  /** As of `MapWithStateOptions`. */
  readonly idleMs: number | undefined;
  readonly wantsSnapshots: boolean;
}

/** What a version is made of, by partition, and the calls of each of them. */
export interface CallsInput {
  readonly records: ReadonlyArray<readonly InputBlock[]>;
  readonly timeMs: number;
  callsOf(): MappingCalls;
}

export interface CallsOutput {
  readonly rows: ReadonlyArray<readonly unknown[]>;
  /** All pairs of each partition, where they are wanted. */
  readonly snapshots: ReadonlyArray<ReadonlyArray<[unknown, unknown]>>;
}

interface KeyProgram {
  readonly type: RowType;
  readonly built: BuiltProgram;
}

/** Programs for keys of different types. */
const PROGRAMS_MAX = 16;

/**
 * The state of a `mapWithState` whose function runs as JavaScript: keys, their order and their touches lie in the kernel's memory, states are JavaScript
 * values at the numbers that their keys have there.
 *
 * A version first looks up the keys of all of its rows, where the kernel may find that it cannot tell them apart; only then is the function called. What the
 * calls did to their keys is done to the kernel's tables when a partition's rows are through.
 */
export class KeysInKernel {
  readonly #options: KeysInKernelOptions;
  readonly #tables: MappingTables;
  readonly #states: readonly NumberedStates[];
  #programs: KeyProgram[] = [];
  readonly #backOff = new BackOff();

  constructor(options: KeysInKernelOptions) {
    const { partitions, idleMs, wantsSnapshots } = options;
    this.#options = options;
    this.#states = Array.from({ length: partitions }, () => new NumberedStates({ keepsPairs: wantsSnapshots }));
    this.#tables = new MappingTables({
      partitions,
      tracksTouches: idleMs !== undefined,
      numbered: {
        stateOf: (partition, number) => this.#states[partition]!.get(number),
        undo: () => {
          for (const states of this.#states) states.rollback();
        },
      },
    });
  }

  /** As `MappingTables.takeSalvaged`. */
  takeSalvaged(): ReadonlyArray<StateTable<unknown>> | undefined {
    const salvaged = this.#tables.takeSalvaged();
    if (salvaged) this.free();
    return salvaged;
  }

  /** Whether the state lies here. */
  get holds(): boolean {
    return this.#tables.holds;
  }

  /** What lies here. */
  get size(): StateSize {
    return this.#tables.size;
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
    return this.#tables.moved();
  }

  free(): void {
    this.#tables.free();
    for (const states of this.#states) states.clear();
    this.#programs = [];
  }

  /** Takes over what tables of JavaScript values have; false, and nothing is done, where the kernel has no such keys. */
  moveFrom(stage: StageKernel, from: ReadonlyArray<StateTable<unknown>>): boolean {
    if (from.every(({ size }) => size === 0)) return true;
    return this.#tables.guard(stage, (kernel) => {
      this.free();
      try {
        for (const table of from) if (table.size > 0) this.#fit(kernel, typeOfKeys(table));
        for (const [partition, table] of from.entries()) this.#take(kernel, partition, table);
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
  next(stage: StageKernel, input: CallsInput): CallsOutput {
    const numbers = this.#lookUpAll(stage, input);
    if (numbers === undefined) {
      const nothing = this.#states.map(() => []);
      return { rows: nothing, snapshots: nothing };
    }
    try {
      const rows = numbers.map((of, partition) => {
        const calls = input.callsOf();
        this.#callRows(stage, input.records[partition] ?? [], of, partition, calls);
        if (this.#tracksTouches) this.#timeOut(stage, partition, input.timeMs, calls);
        return calls.mapped;
      });
      this.#afterCalls(stage, () => {
        for (const table of this.#tables.all) table.commit();
      });
      for (const states of this.#states) states.commit();
      return { rows, snapshots: this.#options.wantsSnapshots ? this.#states.map((states) => states.pairs()) : [] };
    } catch (error) {
      stage.guard(() => this.#rollback());
      throw error;
    }
  }

  get #tracksTouches(): boolean {
    return this.#options.idleMs !== undefined;
  }

  /** Begins a version and looks up the keys of all of its rows; gives the number of each row's key, or undefined where there is nothing at all. */
  #lookUpAll(stage: StageKernel, { records, timeMs }: CallsInput): Uint32Array[] | undefined {
    return this.#tables.guard(stage, (kernel) => {
      const encoded: FinishedBlock[] = [];
      try {
        const columns = records.map((blocks) => blocks.flatMap((each) => keyColumnsOf(stage, kernel, each, encoded)));
        for (const { type } of columns.flat()) this.#fit(kernel, type);
        if (!this.holds) return undefined;
        for (const partition of this.#tables.all.keys()) this.#begin(partition, timeMs);
        try {
          return this.#tables.all.map((_, partition) =>
            this.#lookUp(kernel, partition, columns[partition] ?? [], rowCount(records[partition] ?? [])),
          );
        } catch (error) {
          if (!isTrap(error)) this.#rollback();
          throw error;
        }
      } finally {
        for (const { ptr } of encoded) kernel.memory.free(ptr);
      }
    });
  }

  #begin(partition: number, timeMs: number): void {
    const table = this.#tables.all[partition]!;
    table.begin(timeMs);
    this.#states[partition]!.begin(table.entries);
  }

  /** The number of the key of each of `count` rows in a partition. */
  #lookUp(kernel: Kernel, partition: number, columns: readonly KeyColumns[], count: number): Uint32Array {
    const table = this.#tables.all[partition]!;
    table.listRows(count);
    for (const { block, type } of columns) {
      const { program, inputs, sink } = this.#programFor(type);
      table.readKeys(inputs);
      const run = new ProgramRun(kernel, program, table.programStates([sink]), ASSISTS);
      try {
        this.#tables.feed(run, block);
      } finally {
        run.free();
      }
    }
    this.#states[partition]!.grow(table.entries);
    return table.rowNumbers();
  }

  /** Calls the function for each row in turn, then does to the keys what the calls have done. */
  #callRows(
    stage: StageKernel,
    blocks: readonly InputBlock[],
    numbers: Uint32Array,
    partition: number,
    calls: MappingCalls,
  ): void {
    const table = this.#tables.all[partition]!;
    const states = this.#states[partition]!;
    const changes = new Uint32Array(numbers.length);
    const tracksTouches = this.#tracksTouches;
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
        } else if (current.isUpdated || (tracksTouches && current.exists())) {
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
    const table = this.#tables.all[partition]!;
    const states = this.#states[partition]!;
    const { list, pairs } = this.#afterCalls(stage, (kernel) => {
      const idle = table.idle(timeMs - this.#options.idleMs!);
      table.select(idle);
      const found = idle.count === 0 ? [] : this.#tables.pairs(kernel, table);
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
      return this.#tables.guard(stage, body);
    } catch (error) {
      if (!isBail(error)) throw error;
      throw new KernelError("The kernel's memory was lost in a version of a state, which counts for nothing.", {
        code: "version-lost",
        cause: error,
      });
    }
  }

  #rollback(): void {
    for (const states of this.#states) states.rollback();
    for (const table of this.#tables.all) table.rollback();
  }

  /** Makes the tables such as hold keys of a type, too. */
  #fit(kernel: Kernel, type: RowType): void {
    const { types } = this.#tables;
    const key = types ? needLowering().statePrograms.unionOf(types.key, type) : type;
    if (key === undefined) throw bail("Keys are of several shapes.");
    if (!types || !sameType(key, types.key)) this.#tables.fit(kernel, { key, state: NUMBER, isWide: false });
  }

  #programFor(type: RowType): BuiltProgram {
    let known = this.#programs.find((each) => sameType(each.type, type));
    if (known === undefined) {
      known = { type, built: needLowering().statePrograms.keysProgram(type) };
      this.#programs = [...this.#programs.slice(1 - PROGRAMS_MAX), known];
    }
    return known.built;
  }

  #take(kernel: Kernel, partition: number, from: StateTable<unknown>): void {
    const table = this.#tables.all[partition]!;
    const states = this.#states[partition]!;
    inOrder(from, this.#tracksTouches, (rows, timeMs) => {
      const encoded: FinishedBlock[] = [];
      this.#begin(partition, timeMs);
      try {
        const keys = rows.map(([key]) => key);
        const columns = keys.length > 0 ? [encodedKeys(kernel, keys, encoded)] : [];
        const numbers = this.#lookUp(kernel, partition, columns, rows.length);
        for (const [i, [key, state]] of rows.entries()) states.set(numbers[i]!, key, state);
        table.settleRows(new Uint32Array(rows.length).fill(ROW_PUTS));
        table.commit();
        states.commit();
      } finally {
        for (const { ptr } of encoded) kernel.memory.free(ptr);
      }
    });
  }
}

function typeOfKeys(table: StateTable<unknown>): RowType {
  const type = typeOfRows(table.rows().map(([key]) => key));
  if (type === undefined) throw bail("Keys are none that the kernel has.");
  return type;
}
