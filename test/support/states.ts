import { abi } from "#kernel";
import { decodeFrame } from "../../src/block/row-decoder.js";
import { leavesOf, type RowType, scalarOf } from "../../src/block/row-type.js";
import { CollectSink } from "../../src/kernel/collect-sink.js";
import type { KeyShape } from "../../src/kernel/group-spec.js";
import type { Kernel } from "../../src/kernel/kernel.js";
import { ProgramRun } from "../../src/kernel/program.js";
import { KernelStateTable, type StateList } from "../../src/kernel/state-table.js";
import type { VectorValue } from "../../src/kernel/vector.js";
import { leafValues } from "./groups.js";

/** What a row does to the state of its key. */
export interface StateChange {
  readonly key: unknown;
  readonly action: "put" | "remove" | "none";
  /** One for each leaf. */
  readonly values: readonly VectorValue[];
}

/** What is saved of a state: its rows and when they were touched, by sequence number. */
export class SavedRows {
  readonly #rows = new Map<number, { readonly row: unknown; readonly timeMs: number; readonly touch: number }>();

  /** Takes what the open version has changed. */
  take(run: StateRun): void {
    const { history } = run.table;
    const [changed, gone] = [run.table.changed(), run.table.gone()];
    for (const sequence of history.sequences(gone)) this.#rows.delete(sequence);
    const sequences = history.sequences(changed);
    const { times, places } = history.touchesOf(changed);
    for (const [i, row] of run.rows(changed).entries()) {
      this.#rows.set(sequences[i]!, { row, timeMs: times[i]!, touch: places[i]! });
    }
  }

  /** In the order of their numbers. */
  rows(): unknown[] {
    return [...this.#rows].sort(([a], [b]) => a - b).map(([, { row }]) => row);
  }

  /** Those touched before a time, in the order of their touches. */
  idle(beforeMs: number): unknown[] {
    const idle = [...this.#rows.values()].filter(({ timeMs }) => timeMs < beforeMs);
    return idle.sort((a, b) => a.touch - b.touch).map(({ row }) => row);
  }
}

const NONE = -1;
const ANY = scalarOf(63);

/** A state and the programs that change and read it, by registers: leaves of the key, values, whether it is put, whether it is removed. */
export class StateRun {
  readonly table: KernelStateTable;
  readonly #kernel: Kernel;
  readonly #keyType: RowType;
  readonly #keys: number;
  readonly #leaves: number;

  constructor(kernel: Kernel, keyType: RowType, leaves: ReadonlyArray<{ isNumber: boolean }>, tracksTouches = false) {
    this.#kernel = kernel;
    this.#keyType = keyType;
    this.#keys = leavesOf(keyType).length;
    this.#leaves = leaves.length;
    const key = keyType as KeyShape;
    this.table = new KernelStateTable(kernel, { key, keys: this.#keys, leaves, tracksTouches, isSaved: true });
  }

  /** For each row the state that it met: whether there was one, then the leaves. */
  change(rows: readonly StateChange[]): VectorValue[][] {
    const { run, out } = this.#program();
    try {
      const made: VectorValue[][] = [];
      for (let from = 0; from < rows.length; from += abi.VECTOR_ROWS) {
        const some = rows.slice(from, from + abi.VECTOR_ROWS);
        const leaves = some.map(({ key }) => leafValues(this.#keyType, key));
        run.runValues([
          ...Array.from({ length: this.#keys }, (_, i) => ({ register: i, values: leaves.map((each) => each[i]) })),
          ...Array.from({ length: this.#leaves }, (_, i) => ({
            register: this.#keys + i,
            values: some.map(({ values }) => values[i]),
          })),
          { register: this.#keys + this.#leaves, values: some.map(({ action }) => action === "put") },
          { register: this.#keys + this.#leaves + 1, values: some.map(({ action }) => action === "remove") },
        ]);
        const columns = out.map((register) => run.valuesOf(register, some.length));
        some.forEach((_, row) => {
          made.push(columns.map((column) => column[row]));
        });
      }
      return made;
    } finally {
      run.free();
    }
  }

  /** Leaves of key and state of these entries, of all if none are given. */
  rows(list?: StateList): unknown[] {
    if (list?.count === 0) return [];
    const columns = this.#keys + this.#leaves;
    const sink = new CollectSink(this.#kernel, {
      instruction: 1,
      columns: Array.from({ length: columns }, (_, register) => ({ register, kind: abi.COLUMN_ANY })),
      partitioning: { by: "one" },
    });
    const run = new ProgramRun(
      this.#kernel,
      {
        instructions: Int32Array.from([
          ...[abi.OP_SOURCE, 0, NONE, NONE, NONE, columns, 0, 0],
          ...[abi.OP_COLLECT, NONE, NONE, NONE, NONE, 0, 0, 0],
        ]),
        registers: columns,
        constants: [],
        data: new Uint8Array(Int32Array.from({ length: columns }, (_, i) => i).buffer),
      },
      [sink],
      new Map(),
    );
    try {
      this.table.select(list);
      run.runState(this.table.ptr);
      const type: RowType = { kind: "tuple", items: Array.from({ length: columns }, () => ANY) };
      return sink
        .finish()
        .flat()
        .flatMap(({ ptr, rows }) => {
          const decoded = [...decodeFrame(type, this.#kernel.memory, ptr, rows)].flat();
          this.#kernel.memory.free(ptr);
          return decoded;
        });
    } finally {
      run.free();
      this.table.select(undefined);
    }
  }

  #program(): { run: ProgramRun; out: number[] } {
    const [keys, leaves] = [this.#keys, this.#leaves];
    const moved = leaves + 2;
    const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
    const carried = range(keys + moved, moved);
    const exists = keys + 2 * moved;
    const met = range(exists + 1, leaves);
    const out = range(exists + 1 + leaves, leaves + 1);
    const turns = [...range(keys, moved).flatMap((from, i) => [from, carried[i]!]), keys, ...range(0, keys), ...met];
    const back = [exists, ...met].flatMap((from, i) => [from, out[i]!]);
    const data = Int32Array.from([...turns, ...back, ...carried.slice(0, leaves)]);
    const run = new ProgramRun(
      this.#kernel,
      {
        instructions: Int32Array.from([
          ...[abi.OP_SOURCE, 0, NONE, NONE, NONE, 0, 0, 0],
          ...[abi.OP_TURNS, exists, NONE, NONE, NONE, moved, 0, 0],
          ...[abi.OP_RETURN, NONE, carried[leaves]!, carried[leaves + 1]!, NONE, leaves + 1, 4 * turns.length, 0],
          ...[abi.OP_COUNT, NONE, NONE, NONE, NONE, 0, 0, 0],
        ]),
        registers: exists + 2 + 2 * leaves,
        constants: [],
        data: new Uint8Array(data.buffer),
      },
      this.table.programStates([1, 2]),
      new Map(),
    );
    return { run, out };
  }
}
