import type { InputBlock } from "../block/block.js";
import { typeOfRows } from "../block/row-encoder.js";
import { NUMBER, type RowType, sameType } from "../block/row-type.js";
import { ASSISTS } from "../kernel/assist.js";
import type { FinishedBlock } from "../kernel/frame.js";
import { isTrap, type Kernel } from "../kernel/kernel.js";
import { bail, ProgramRun } from "../kernel/program.js";
import { type KernelStateTable, ROW_PUTS } from "../kernel/state-table.js";
import type { BuiltProgram } from "../lowering/compile/kernel-rows.js";
import { needLowering } from "../lowering/door.js";
import type { StageKernel } from "../plan/dataset.js";
import type { EntryColumns, SavedState } from "../plan/durable-state.js";
import { NumberedStates } from "../state/numbered-states.js";
import { encodedKeys, type KeyColumns, keyColumnsOf, rowCount } from "./keyed-rows.js";
import { MappingTables } from "./mapping-tables.js";
import { restoreHistory, rowsOfColumn, typeOfAll } from "./restore-tables.js";

export interface KeyTablesOptions {
  readonly partitions: number;
  readonly tracksTouches: boolean;
  readonly wantsSnapshots: boolean;
  /** As of `StateSpec`. */
  readonly isSaved?: boolean | undefined;
}

/** The keys of a partition, and the states that are at their numbers. */
export interface KeyedPartition {
  readonly table: KernelStateTable;
  readonly states: NumberedStates;
}

interface KeyProgram {
  readonly type: RowType;
  readonly built: BuiltProgram;
}

/** Programs for keys of different types. */
const PROGRAMS_MAX = 16;

/** Tables of keys in the kernel's memory, and beside each of them the states that its keys have the numbers of. */
export class KeyTables {
  readonly tables: MappingTables;
  readonly #states: readonly NumberedStates[];
  #programs: KeyProgram[] = [];

  constructor(options: KeyTablesOptions) {
    const { partitions, tracksTouches, wantsSnapshots, isSaved } = options;
    this.#states = Array.from({ length: partitions }, () => new NumberedStates({ keepsPairs: wantsSnapshots }));
    this.tables = new MappingTables({
      partitions,
      tracksTouches,
      isSaved,
      numbered: {
        stateOf: (partition, number) => this.#states[partition]!.get(number),
        undo: () => {
          for (const states of this.#states) states.rollback();
        },
      },
    });
  }

  get states(): readonly NumberedStates[] {
    return this.#states;
  }

  partition(index: number): KeyedPartition {
    return { table: this.tables.all[index]!, states: this.#states[index]! };
  }

  /**
   * Begins a version and looks up the keys of all of its rows; gives the number of each row's key, or undefined where there is nothing at all. Where it
   * throws nothing has begun.
   */
  lookUpAll(
    stage: StageKernel,
    records: ReadonlyArray<readonly InputBlock[]>,
    timeMs: number,
  ): Uint32Array[] | undefined {
    return this.tables.guard(stage, (kernel) => {
      const encoded: FinishedBlock[] = [];
      try {
        const columns = records.map((blocks) => blocks.flatMap((each) => keyColumnsOf(stage, kernel, each, encoded)));
        for (const { type } of columns.flat()) this.#fit(kernel, type);
        if (!this.tables.holds) return undefined;
        for (const partition of this.#states.keys()) this.#begin(partition, timeMs);
        try {
          return this.#states.map((_, partition) =>
            this.#lookUp(kernel, partition, columns[partition] ?? [], rowCount(records[partition] ?? [])),
          );
        } catch (error) {
          if (!isTrap(error)) this.rollback();
          throw error;
        }
      } finally {
        for (const { ptr } of encoded) kernel.memory.free(ptr);
      }
    });
  }

  /** Undoes what has changed since a version began. */
  rollback(): void {
    for (const states of this.#states) states.rollback();
    for (const table of this.tables.all) table.rollback();
  }

  /** Takes over what was saved, into tables that are empty. **Errors:** `KernelError` "bail" where the kernel has no such keys. */
  restore(kernel: Kernel, saved: SavedState["partitions"]): void {
    this.#fit(
      kernel,
      typeOfAll(saved.flat(), ({ keys }) => typeOfRows(rowsOfColumn(keys))),
    );
    for (const [partition, pieces] of saved.entries()) {
      for (const piece of pieces) this.#take(kernel, partition, piece);
      restoreHistory(this.tables.all[partition]!, pieces);
    }
  }

  free(): void {
    this.tables.free();
    for (const states of this.#states) states.clear();
    this.#programs = [];
  }

  #begin(partition: number, timeMs: number): void {
    const { table, states } = this.partition(partition);
    table.begin(timeMs);
    states.begin(table.entries);
  }

  /** The number of the key of each of `count` rows in a partition. */
  #lookUp(kernel: Kernel, partition: number, columns: readonly KeyColumns[], count: number): Uint32Array {
    const { table, states } = this.partition(partition);
    table.listRows(count);
    for (const { block, type } of columns) {
      const { program, inputs, sink } = this.#programFor(type);
      table.readKeys(inputs);
      const run = new ProgramRun(kernel, program, table.programStates([sink]), ASSISTS);
      try {
        this.tables.feed(run, block);
      } finally {
        run.free();
      }
    }
    states.grow(table.entries);
    return table.rowNumbers();
  }

  /** Makes the tables such as hold keys of a type, too. */
  #fit(kernel: Kernel, type: RowType): void {
    const { types } = this.tables;
    const key = types ? needLowering().statePrograms.unionOf(types.key, type) : type;
    if (key === undefined) throw bail("Keys are of several shapes.");
    if (!types || !sameType(key, types.key)) this.tables.fit(kernel, { key, state: NUMBER, isWide: false });
  }

  #programFor(type: RowType): BuiltProgram {
    let known = this.#programs.find((each) => sameType(each.type, type));
    if (known === undefined) {
      known = { type, built: needLowering().statePrograms.keysProgram(type) };
      this.#programs = [...this.#programs.slice(1 - PROGRAMS_MAX), known];
    }
    return known.built;
  }

  #take(kernel: Kernel, partition: number, { keys, values }: EntryColumns): void {
    const { table, states } = this.partition(partition);
    const encoded: FinishedBlock[] = [];
    this.#begin(partition, 0);
    try {
      const columns = [encodedKeys(kernel, rowsOfColumn(keys), encoded)];
      const numbers = this.#lookUp(kernel, partition, columns, keys.length);
      for (const [i, number] of numbers.entries()) states.set(number, keys[i], values[i]);
      table.settleRows(new Uint32Array(keys.length).fill(ROW_PUTS));
      table.commit();
      states.commit();
    } finally {
      for (const { ptr } of encoded) kernel.memory.free(ptr);
    }
  }
}
