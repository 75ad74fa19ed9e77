import type { FrameBlock } from "../block/block.js";
import { decodePairs } from "../block/row-decoder.js";
import { columnKinds, leavesOf, type RowType, sameType } from "../block/row-type.js";
import { KernelError } from "../errors.js";
import { ASSISTS } from "../kernel/assist.js";
import { CollectSink } from "../kernel/collect-sink.js";
import type { FinishedBlock } from "../kernel/frame.js";
import type { KeyShape } from "../kernel/group-spec.js";
import { isTrap, type Kernel } from "../kernel/kernel.js";
import { bail, ProgramRun } from "../kernel/program.js";
import type { MemoryReader } from "../kernel/reader.js";
import { KernelStateTable } from "../kernel/state-table.js";
import type { BuiltProgram } from "../lowering/compile/kernel-rows.js";
import type { RowsProgram, StateTypes } from "../lowering/compile/state-programs.js";
import { needLowering } from "../lowering/door.js";
import type { StageKernel } from "../plan/dataset.js";
import { type ChangedEntries, type EntryColumn, joinedColumn, packed } from "../plan/durable-state.js";
import type { StateTable } from "../state/state-table.js";
import { entriesOf, inheritHistory, lastTouches, loadedTable, needed, salvagedEntries } from "./mapping-rows.js";
import type { StateSize } from "./state-limit.js";

export interface MappingTablesOptions {
  readonly partitions: number;
  readonly tracksTouches: boolean;
  /** As of `StateSpec`. */
  readonly isSaved?: boolean | undefined;
  /** Where the tables have numbers in place of states: the states. */
  readonly numbered?: NumberedHolder;
}

/** Who has the states that tables have the numbers of. */
export interface NumberedHolder {
  stateOf(partition: number, number: number): unknown;
  /** Undoes what a version has changed that had not ended. */
  undo(): void;
}

/**
 * The state of a `mapWithState` in the kernel's memory: one table a partition, such as hold values of the types that have come so far, and programs that
 * write and read them. Where that memory is thrown away after a trap, what was there is kept as JavaScript values.
 */
export class MappingTables {
  readonly #options: MappingTablesOptions;
  #stage: StageKernel | undefined;
  #types: StateTypes | undefined;
  #tables: KernelStateTable[] = [];
  /** Of the types, compiled when it is first wanted. */
  #pairsProgram: RowsProgram | undefined;
  #unregister: (() => void) | undefined;
  /** What was left of the state when the kernel's memory was thrown away: tables, or why there are none. */
  #salvaged: ReadonlyArray<StateTable<unknown>> | KernelError | undefined;

  constructor(options: MappingTablesOptions) {
    this.#options = options;
  }

  /** The table of each partition; none where the state does not lie here. */
  get all(): readonly KernelStateTable[] {
    return this.#tables;
  }

  get tracksTouches(): boolean {
    return this.#options.tracksTouches;
  }

  get types(): StateTypes | undefined {
    return this.#types;
  }

  /** Whether the state lies here. */
  get holds(): boolean {
    return this.#tables.length > 0;
  }

  /** What lies here. */
  get size(): StateSize {
    const sum = (of: (table: KernelStateTable) => number) => this.#tables.reduce((all, each) => all + of(each), 0);
    return { keys: sum(({ count }) => count), bytes: sum(({ bytes }) => bytes) };
  }

  /** The state that lay here before the kernel's memory was thrown away, once. Throws a `KernelError` "state-lost" where it was damaged. */
  takeSalvaged(): ReadonlyArray<StateTable<unknown>> | undefined {
    const salvaged = this.#salvaged;
    if (salvaged instanceof KernelError) throw salvaged;
    this.#salvaged = undefined;
    return salvaged;
  }

  /** Called when a trap has made the memory that the state lies in untrusted: keeps it as JavaScript values. */
  relocate(from: MemoryReader): void {
    if (!this.holds) return;
    const { tracksTouches, numbered } = this.#options;
    try {
      numbered?.undo();
      this.#salvaged = this.#tables.map((table, partition) => {
        const { history } = table;
        const entries = salvagedEntries(
          table.salvage(from),
          this.#types!,
          (place) => history.sequenceAt(place),
          (state) => this.#stateOf(partition, state),
        );
        return loadedTable(entries, tracksTouches, history.touches);
      });
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.#salvaged = error;
    }
    this.#forget();
  }

  /** As `StageKernel.guard`, on a stage whose memory the state is to lie in; where the memory was thrown away it bails. */
  guard<R>(stage: StageKernel, body: (kernel: Kernel) => R): R {
    this.#stage = stage;
    return stage.guard((kernel) => {
      // A trap has brought this round about: the state is none of this kernel's.
      if (this.#salvaged) throw bail("The kernel's memory was thrown away.");
      return body(kernel);
    });
  }

  /** All that lies here as tables of JavaScript values, in the same order. It stays here, too. */
  moved(): ReadonlyArray<StateTable<unknown>> {
    const { tracksTouches } = this.#options;
    return this.#stage!.guard((kernel) =>
      this.#tables.map((table, partition) => {
        const { history } = table;
        const entries = entriesOf(this.#pairsOf(kernel, partition), history.sequences(), lastTouches(table));
        return loadedTable(entries, tracksTouches, history.touches);
      }),
    );
  }

  /** Makes the open version count in all partitions, or, where a trap costs the memory meanwhile, in none. */
  commit(): void {
    for (const table of this.#tables) table.settle();
    for (const table of this.#tables) table.end();
  }

  /** What the open version has changed in each partition. */
  changes(kernel: Kernel): ChangedEntries[] {
    return this.#tables.map((table, partition) => {
      const { history } = table;
      const [changed, gone] = [table.changed(), table.gone()];
      if (changed.count > 0) history.sort(changed);
      table.select(changed);
      const [keys, kept] = changed.count > 0 ? this.#columns(kernel, table) : [[], []];
      table.select(undefined);
      const isNumbered = this.#options.numbered !== undefined;
      const values = isNumbered ? packed(Array.from(kept, (number) => this.#stateOf(partition, number))) : kept;
      const { times, places: touches } = history.touchesOf(changed);
      const put = { sequences: history.sequences(changed), times, touches, keys, values };
      return { put, deleted: history.sequences(gone) };
    });
  }

  /** Forgets all that lies here, and what was left of it. */
  free(): void {
    for (const table of this.#tables) table.free();
    this.#salvaged = undefined;
    this.#forget();
  }

  /** Runs a program over a block. */
  feed(run: ProgramRun, block: FrameBlock): void {
    this.#stage!.withFrame(block, (ptr) => run.runFrame(ptr));
  }

  /** The rows of a program that reads or changes a table: frames, which are the caller's. */
  collect(kernel: Kernel, table: KernelStateTable, program: RowsProgram, feed: (run: ProgramRun) => void): Made[] {
    const { built, type } = program;
    const kinds = columnKinds(type);
    const columns = built.inputs.map((register, i) => ({ register, kind: kinds[i]! }));
    const sink = new CollectSink(kernel, { instruction: built.sink, columns, partitioning: { by: "one" } });
    const run = this.#load(kernel, table, built, [sink]);
    try {
      feed(run);
      return sink.finish()[0]!.map((frame) => ({ frame, type }));
    } finally {
      run.free();
    }
  }

  /** Runs a program that changes a table. */
  put(kernel: Kernel, table: KernelStateTable, built: BuiltProgram, feed: (run: ProgramRun) => void): void {
    const run = this.#load(kernel, table, built, []);
    try {
      feed(run);
    } finally {
      run.free();
    }
  }

  /** The selected pairs of a table as JavaScript values. */
  pairs(kernel: Kernel, table: KernelStateTable): Array<[unknown, unknown]> {
    const [keys, values] = this.#columns(kernel, table);
    return Array.from(keys, (key, i): [unknown, unknown] => [key, values[i]]);
  }

  /** Takes note of types: tables that are there come to fit them. */
  know(kernel: Kernel, types: StateTypes | undefined): void {
    if (types && this.holds) this.fit(kernel, types);
    else this.#types = types;
  }

  /** Makes room for pairs of a type. */
  fitTo(kernel: Kernel, pairs: RowType | undefined): void {
    if (pairs === undefined) return;
    const { typesOfPairs } = needLowering().statePrograms;
    const types = typesOfPairs(pairs, this.#types, this.#types?.isWide ?? this.#options.tracksTouches);
    if (types === undefined) throw bail("Keys or states are of several shapes.");
    this.fit(kernel, types);
  }

  /** Makes the tables such as hold values of these types: new ones, with all that the old ones have, where cells are others. `keys`: so many are expected. */
  fit(kernel: Kernel, types: StateTypes, keys: readonly number[] = []): void {
    const { leafCells, pairType, putProgram } = needLowering().statePrograms;
    const { partitions, tracksTouches, numbered, isSaved } = this.#options;
    const [old, oldTypes] = [this.#tables, this.#types];
    const leaves = leafCells(types);
    const isSame = old.length > 0 && leaves.every(({ isNumber }, i) => old[0]!.spec.leaves[i]?.isNumber === isNumber);
    if (!isSame) {
      const shape = { key: types.key as KeyShape, keys: leavesOf(types.key).length, leaves };
      const spec = { ...shape, tracksTouches, isNumbered: numbered !== undefined, isSaved: isSaved === true };
      const made: KernelStateTable[] = [];
      try {
        for (let partition = 0; partition < partitions; partition++) {
          const table = new KernelStateTable(kernel, spec, old[partition]?.count ?? keys[partition]);
          made.push(table);
          const from = old[partition];
          if (from === undefined) continue;
          table.begin(0);
          this.put(kernel, table, needed(putProgram(pairType(oldTypes!), types)), (run) => run.runState(from.ptr));
          table.commit();
          inheritHistory(table, from);
        }
      } catch (error) {
        if (!isTrap(error)) for (const table of made) table.free();
        throw error;
      }
      for (const table of old) table.free();
      this.#tables = made;
      this.#unregister ??= this.#stage!.register(this);
    }
    if (!sameTypes(this.#types, types)) this.#pairsProgram = undefined;
    this.#types = types;
  }

  /** The selected keys of a table, and what it has for them. */
  #columns(kernel: Kernel, table: KernelStateTable): readonly [keys: EntryColumn, values: EntryColumn] {
    this.#pairsProgram ??= needLowering().statePrograms.pairsProgram(this.#types!);
    const frames = this.collect(kernel, table, this.#pairsProgram, (run) => run.runState(table.ptr));
    const pairs = frames.map(({ frame: { ptr, rows }, type }) => {
      const halves = decodePairs(type, kernel.memory, ptr, rows);
      kernel.memory.free(ptr);
      return halves;
    });
    return [joinedColumn(pairs.map(([key]) => key)), joinedColumn(pairs.map(([, value]) => value))];
  }

  /** The selected pairs of a partition with their states. */
  #pairsOf(kernel: Kernel, partition: number): Array<[unknown, unknown]> {
    const pairs = this.pairs(kernel, this.#tables[partition]!);
    if (!this.#options.numbered) return pairs;
    return pairs.map(([key, state]): [unknown, unknown] => [key, this.#stateOf(partition, state)]);
  }

  #stateOf(partition: number, state: unknown): unknown {
    const { numbered } = this.#options;
    return numbered ? numbered.stateOf(partition, state as number) : state;
  }

  #load(kernel: Kernel, table: KernelStateTable, { program }: BuiltProgram, sinks: readonly CollectSink[]): ProgramRun {
    const states = table.programStates(program.states ?? []);
    return new ProgramRun(kernel, program, [...sinks, ...states, ...this.#stage!.lookUps(program)], ASSISTS);
  }

  #forget(): void {
    this.#unregister?.();
    this.#unregister = undefined;
    this.#tables = [];
    this.#types = undefined;
    this.#pairsProgram = undefined;
  }
}

/** Rows that were made, in a frame. */
export interface Made {
  readonly frame: FinishedBlock;
  readonly type: RowType;
}

export function sameTypes(a: StateTypes | undefined, b: StateTypes | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.isWide === b.isWide && sameType(a.state, b.state) && sameType(a.key, b.key);
}
