import type { FrameBlock, InputBlock } from "../block/block.js";
import { decodeFrame } from "../block/row-decoder.js";
import { encodeTyped } from "../block/row-encoder.js";
import { columnKinds, leavesOf, type RowType, sameType } from "../block/row-type.js";
import { KernelError } from "../errors.js";
import { ASSISTS } from "../kernel/assist.js";
import { CollectSink } from "../kernel/collect-sink.js";
import type { FinishedBlock } from "../kernel/frame.js";
import type { KeyShape } from "../kernel/group-spec.js";
import { isTrap, type Kernel } from "../kernel/kernel.js";
import { bail, isBail, ProgramRun } from "../kernel/program.js";
import type { MemoryReader } from "../kernel/reader.js";
import { KernelStateTable } from "../kernel/state-table.js";
import type { BuiltProgram } from "../lowering/compile/kernel-rows.js";
import type { RowsProgram, StateFunction, StateTypes } from "../lowering/compile/state-programs.js";
import { needLowering } from "../lowering/door.js";
import type { Refusal } from "../lowering/expression.js";
import { BackOff } from "../plan/back-off.js";
import type { StageKernel } from "../plan/dataset.js";
import { StateTable } from "../state/state-table.js";
import { type Source, salvagedTable, sourceOf, typeOfPairs } from "./mapping-rows.js";
import type { StateSize } from "./state-limit.js";

export interface KernelMappingOptions {
  readonly partitions: number;
  readonly emitsUndefined: boolean;
  /** As of `MapWithStateOptions`. */
  readonly idleMs: number | undefined;
}

/** What a version is made of, by partition. */
export interface MappingInput {
  readonly records: ReadonlyArray<readonly InputBlock[]>;
  /** Pairs that the state starts with. */
  readonly initial: ReadonlyArray<readonly InputBlock[]>;
  readonly timeMs: number;
  readonly wantsSnapshots: boolean;
}

export interface MappingOutput {
  readonly rows: ReadonlyArray<readonly FrameBlock[]>;
  /** All pairs of each partition, where they are wanted. */
  readonly snapshots: ReadonlyArray<ReadonlyArray<[unknown, unknown]>>;
}

interface Planned {
  readonly source: RowType;
  readonly types: StateTypes;
  readonly program: RowsProgram;
}

const ROUNDS_MAX = 8;
/** Programs for rows of different types. */
const PROGRAMS_MAX = 16;

/** The state of a `mapWithState` in the kernel's memory, one table a partition, and the programs that run its function there. */
export class KernelMapping {
  readonly #options: KernelMappingOptions;
  #stage: StageKernel | undefined;
  #types: StateTypes | undefined;
  #tables: KernelStateTable[] = [];
  #programs: Planned[] = [];
  /** Those that only the types decide, compiled when they are first wanted. */
  #ofTypes: { pairs?: RowsProgram; timeout?: RowsProgram } = {};
  readonly #backOff = new BackOff();
  #unregister: (() => void) | undefined;
  /** What was left of the state when the kernel's memory was thrown away: tables, or why there are none. */
  #salvaged: ReadonlyArray<StateTable<unknown>> | KernelError | undefined;

  constructor(options: KernelMappingOptions) {
    this.#options = options;
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
    try {
      this.#salvaged = this.#tables.map((table) =>
        salvagedTable(table.salvage(from), this.#types!, this.#tracksTouches),
      );
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.#salvaged = error;
    }
    this.#forget();
  }

  /** Whether the state lies here. */
  get holds(): boolean {
    return this.#tables.length > 0;
  }

  /** What lies here. */
  get size(): StateSize {
    const sum = (of: (table: KernelStateTable) => number) => this.#tables.reduce((total, each) => total + of(each), 0);
    return { keys: sum(({ count }) => count), bytes: sum(({ bytes }) => bytes) };
  }

  /** Whether a version should be tried here. */
  attempt(): boolean {
    return this.#backOff.attempt();
  }

  /** The kernel has left a version to JavaScript. */
  bailed(): void {
    this.#backOff.bailed();
  }

  /**
   * Makes the next version, or leaves everything as it was and throws: a `KernelError` "bail" where JavaScript has to make it.
   * `stateful` is what the function was lowered to.
   */
  next(stage: StageKernel, stateful: StateFunction["stateful"], input: MappingInput): MappingOutput {
    this.#stage = stage;
    const fn = this.#functionOf(stateful);
    return stage.guard((kernel) => {
      // A trap has brought this round about: the state is none of this kernel's.
      if (this.#salvaged) throw bail("The kernel's memory was thrown away.");
      const encoded: FinishedBlock[] = [];
      try {
        const [records, initial] = [input.records, input.initial].map((partitions) =>
          partitions.map((blocks) => blocks.flatMap((block) => sourceOf(stage, kernel, block, encoded))),
        ) as [Source[][], Source[][]];
        try {
          return this.#version(kernel, fn, records, initial, input);
        } catch (error) {
          const isNarrow = this.#types?.isWide === false && this.#tables.some(({ isRefused }) => isRefused);
          if (!isBail(error) || !isNarrow) throw error;
          this.#fit(kernel, { ...this.#types!, isWide: true });
          return this.#version(kernel, fn, records, initial, input);
        }
      } finally {
        for (const { ptr } of encoded) kernel.memory.free(ptr);
      }
    });
  }

  /** All that lies here as tables of JavaScript values, in the same order. It stays here, too. */
  moved(): ReadonlyArray<StateTable<unknown>> {
    return this.#stage!.guard((kernel) =>
      this.#tables.map((table) => {
        const to = new StateTable<unknown>({ tracksTouches: this.#tracksTouches });
        for (const [key, state] of this.#pairs(kernel, table)) to.put(key, state, 0);
        if (this.#tracksTouches) {
          const list = table.idle(Number.POSITIVE_INFINITY);
          const times = table.touchTimes(list);
          table.select(list);
          for (const [i, [key, state]] of this.#pairs(kernel, table).entries()) to.put(key, state, times[i]!);
          table.select(undefined);
        }
        to.commit();
        return to;
      }),
    );
  }

  /** Takes over what tables of JavaScript values have; false, and nothing is done, where the kernel has no such states. */
  moveFrom(stage: StageKernel, tables: ReadonlyArray<StateTable<unknown>>): boolean {
    if (tables.every(({ size }) => size === 0)) return true;
    this.#stage = stage;
    return stage.guard((kernel) => {
      if (this.#salvaged) throw bail("The kernel's memory was thrown away.");
      try {
        for (const table of tables) this.#fitTo(kernel, typeOfPairs(table));
        for (const [partition, table] of tables.entries()) this.#take(kernel, this.#tables[partition]!, table);
        return true;
      } catch (error) {
        if (isTrap(error)) throw error;
        this.free();
        if (error instanceof KernelError) return false;
        throw error;
      }
    });
  }

  free(): void {
    for (const table of this.#tables) table.free();
    this.#forget();
  }

  #forget(): void {
    this.#unregister?.();
    this.#unregister = undefined;
    this.#tables = [];
    this.#types = undefined;
    this.#programs = [];
    this.#ofTypes = {};
  }

  #functionOf(stateful: StateFunction["stateful"]): StateFunction {
    return { stateful, emitsUndefined: this.#options.emitsUndefined, tracksTouches: this.#tracksTouches };
  }

  get #tracksTouches(): boolean {
    return this.#options.idleMs !== undefined;
  }

  #version(
    kernel: Kernel,
    fn: StateFunction,
    records: readonly Source[][],
    initial: readonly Source[][],
    { timeMs, wantsSnapshots }: MappingInput,
  ): MappingOutput {
    const { partitions } = this.#options;
    const { putProgram } = needLowering().statePrograms;
    for (const { type } of initial.flat()) this.#fitTo(kernel, type);
    const programs = this.#plan(kernel, fn, records.flat());
    if (!this.holds) {
      const nothing = Array.from({ length: partitions }, () => []);
      return { rows: nothing, snapshots: nothing };
    }
    const made: Array<Array<{ frame: FinishedBlock; type: RowType }>> = this.#tables.map(() => []);
    for (const table of this.#tables) table.begin(timeMs);
    try {
      const snapshots = this.#tables.map((table, partition) => {
        for (const { block, type } of initial[partition] ?? []) {
          this.#put(kernel, table, needed(putProgram(type, this.#types!)), (run) => this.#feed(run, block));
        }
        const out = made[partition]!;
        for (const { block, type } of records[partition] ?? []) {
          out.push(...this.#collect(kernel, table, programs.get(type)!, (run) => this.#feed(run, block)));
        }
        if (this.#tracksTouches) out.push(...this.#timeOut(kernel, fn, table, timeMs));
        return wantsSnapshots ? this.#pairs(kernel, table) : [];
      });
      for (const table of this.#tables) table.commit();
      const rows = made.map((frames) => frames.map(({ frame, type }) => this.#stage!.blockOf(frame, type)));
      return { rows, snapshots };
    } catch (error) {
      if (isTrap(error)) throw error;
      for (const table of this.#tables) table.rollback();
      for (const { frame } of made.flat()) kernel.memory.free(frame.ptr);
      throw error;
    }
  }

  /** The rows of keys that were idle for too long, which are removed. */
  #timeOut(kernel: Kernel, fn: StateFunction, table: KernelStateTable, timeMs: number) {
    const list = table.idle(timeMs - this.#options.idleMs!);
    if (list.count === 0) return [];
    this.#ofTypes.timeout ??= needed(needLowering().statePrograms.timeoutProgram(fn, this.#types!));
    const program = this.#ofTypes.timeout;
    table.select(list);
    const rows = this.#collect(kernel, table, program, (run) => run.runState(table.ptr));
    table.remove(list);
    return rows;
  }

  #feed(run: ProgramRun, block: FrameBlock): void {
    this.#stage!.withFrame(block, (ptr) => run.runFrame(ptr));
  }

  #collect(kernel: Kernel, table: KernelStateTable, program: RowsProgram, feed: (run: ProgramRun) => void) {
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

  #put(kernel: Kernel, table: KernelStateTable, built: BuiltProgram, feed: (run: ProgramRun) => void): void {
    const run = this.#load(kernel, table, built, []);
    try {
      feed(run);
    } finally {
      run.free();
    }
  }

  #load(kernel: Kernel, table: KernelStateTable, { program }: BuiltProgram, sinks: readonly CollectSink[]): ProgramRun {
    const states = table.programStates(program.states ?? []);
    return new ProgramRun(kernel, program, [...sinks, ...states, ...this.#stage!.lookUps(program)], ASSISTS);
  }

  /** The selected pairs of a table as JavaScript values. */
  #pairs(kernel: Kernel, table: KernelStateTable): Array<[unknown, unknown]> {
    this.#ofTypes.pairs ??= needLowering().statePrograms.pairsProgram(this.#types!);
    const frames = this.#collect(kernel, table, this.#ofTypes.pairs, (run) => run.runState(table.ptr));
    return frames.flatMap(({ frame: { ptr, rows }, type }) => {
      const pairs = [...decodeFrame(type, kernel.memory, ptr, rows)].flat() as Array<[unknown, unknown]>;
      kernel.memory.free(ptr);
      return pairs;
    });
  }

  /** The programs for rows of these types; the tables are then such as they need. */
  #plan(kernel: Kernel, fn: StateFunction, sources: readonly Source[]): ReadonlyMap<RowType, RowsProgram> {
    const { updateProgram } = needLowering().statePrograms;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      let types = this.#types;
      const planned = new Map<RowType, Planned>();
      for (const { type } of sources) {
        let plan = this.#programs.find((each) => sameType(each.source, type) && sameTypes(each.types, types));
        if (plan === undefined) {
          plan = { source: type, ...needed(updateProgram(type, fn, types)) };
          this.#programs = [...this.#programs.slice(1 - PROGRAMS_MAX), plan];
        }
        types = plan.types;
        planned.set(type, plan);
      }
      if ([...planned.values()].every((plan) => sameTypes(plan.types, types))) {
        if (types) this.#fit(kernel, types);
        return new Map([...planned].map(([type, { program }]) => [type, program]));
      }
      this.#types = types && this.holds ? this.#fit(kernel, types) : types;
    }
    throw bail("The types of a state never settle.");
  }

  /** Makes room for pairs of a type. */
  #fitTo(kernel: Kernel, pairs: RowType | undefined): void {
    if (pairs === undefined) return;
    const { typesOfPairs } = needLowering().statePrograms;
    const types = typesOfPairs(pairs, this.#types, this.#types?.isWide ?? this.#tracksTouches);
    if (types === undefined) throw bail("Keys or states are of several shapes.");
    this.#fit(kernel, types);
  }

  /** Makes the tables such as hold values of these types: new ones, with all that the old ones have, where cells are others. */
  #fit(kernel: Kernel, types: StateTypes): StateTypes {
    const { leafCells, pairType, putProgram } = needLowering().statePrograms;
    const [old, oldTypes] = [this.#tables, this.#types];
    const leaves = leafCells(types);
    const isSame = old.length > 0 && leaves.every(({ isNumber }, i) => old[0]!.spec.leaves[i]?.isNumber === isNumber);
    if (!isSame) {
      const spec = {
        key: types.key as KeyShape,
        keys: leavesOf(types.key).length,
        leaves,
        tracksTouches: this.#tracksTouches,
      };
      const made: KernelStateTable[] = [];
      try {
        for (let partition = 0; partition < this.#options.partitions; partition++) {
          const table = new KernelStateTable(kernel, spec, old[partition]?.count);
          made.push(table);
          const from = old[partition];
          if (from === undefined) continue;
          table.begin(0);
          this.#put(kernel, table, needed(putProgram(pairType(oldTypes!), types)), (run) => run.runState(from.ptr));
          table.commit();
        }
      } catch (error) {
        if (!isTrap(error)) for (const table of made) table.free();
        throw error;
      }
      for (const table of old) table.free();
      this.#tables = made;
      this.#unregister ??= this.#stage!.register(this);
    }
    if (!sameTypes(this.#types, types)) this.#ofTypes = {};
    this.#types = types;
    return types;
  }

  /** Puts what a table of JavaScript values has into one of the kernel's, touches included. */
  #take(kernel: Kernel, table: KernelStateTable, from: StateTable<unknown>): void {
    const putAll = (rows: ReadonlyArray<readonly unknown[]>, timeMs: number) => {
      const typed = rows.length > 0 ? encodeTyped(rows, kernel) : undefined;
      table.begin(timeMs);
      if (typed) {
        try {
          const program = needed(needLowering().statePrograms.putProgram(typed.type, this.#types!));
          this.#put(kernel, table, program, (run) => run.runFrame(typed.frame.ptr));
        } finally {
          kernel.memory.free(typed.frame.ptr);
        }
      } else if (rows.length > 0) throw bail("A state is none that the kernel has.");
      table.commit();
    };
    putAll(from.rows(), Number.NEGATIVE_INFINITY);
    if (!this.#tracksTouches) return;
    let touched: Array<readonly unknown[]> = [];
    const entries = from.idleSince(Number.POSITIVE_INFINITY);
    for (const [i, { key, state, timeMs }] of entries.entries()) {
      touched.push([key, state]);
      if (entries[i + 1]?.timeMs === timeMs) continue;
      putAll(touched, timeMs);
      touched = [];
    }
  }
}

function sameTypes(a: StateTypes | undefined, b: StateTypes | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.isWide === b.isWide && sameType(a.state, b.state) && sameType(a.key, b.key);
}

function needed<T extends object>(value: T | Refusal): T {
  if ("ok" in value && value.ok === false) throw bail(`The kernel ${value.reason}.`);
  return value as T;
}
