import type { FrameBlock, InputBlock } from "../block/block.js";
import { type RowType, sameType } from "../block/row-type.js";
import { KernelError } from "../errors.js";
import type { FinishedBlock } from "../kernel/frame.js";
import { isTrap, type Kernel } from "../kernel/kernel.js";
import { bail, isBail } from "../kernel/program.js";
import type { KernelStateTable } from "../kernel/state-table.js";
import type { RowsProgram, StateFunction, StateTypes } from "../lowering/compile/state-programs.js";
import { needLowering } from "../lowering/door.js";
import { BackOff } from "../plan/back-off.js";
import type { StageKernel } from "../plan/dataset.js";
import { type ChangedEntries, NO_CHANGES, type SavedState } from "../plan/durable-state.js";
import type { StateTable } from "../state/state-table.js";
import { needed, type Source, sourceOf } from "./mapping-rows.js";
import { type Made, MappingTables, sameTypes } from "./mapping-tables.js";
import { restoreTables } from "./restore-tables.js";
import type { StateSize } from "./state-limit.js";

export interface KernelMappingOptions {
  readonly partitions: number;
  readonly emitsUndefined: boolean;
  /** As of `MapWithStateOptions`. */
  readonly idleMs: number | undefined;
  /** As of `StateSpec`. */
  readonly isSaved?: boolean | undefined;
}

/** What a version is made of, by partition. */
export interface MappingInput {
  readonly records: ReadonlyArray<readonly InputBlock[]>;
  /** Pairs that the state starts with. */
  readonly initial: ReadonlyArray<readonly InputBlock[]>;
  readonly timeMs: number;
  readonly wantsSnapshots: boolean;
  /** Told what the version changes, where that is saved. */
  readonly changed?: ChangesOfVersion | undefined;
}

/** Takes what a version is about to change, by partition, or throws where it must not count; called is what is returned when it counts. */
export type ChangesOfVersion = (partitions: readonly ChangedEntries[]) => () => void;

export interface MappingOutput {
  readonly rows: ReadonlyArray<readonly FrameBlock[]>;
  /** All pairs of each partition, where they are wanted. */
  readonly snapshots: ReadonlyArray<ReadonlyArray<[unknown, unknown]>>;
}

/** The same, as rows of one type in frames. */
interface VersionInput extends Omit<MappingInput, "records" | "initial"> {
  readonly records: ReadonlyArray<readonly Source[]>;
  readonly initial: ReadonlyArray<readonly Source[]>;
}

interface Planned {
  readonly source: RowType;
  readonly types: StateTypes;
  readonly program: RowsProgram;
}

const ROUNDS_MAX = 8;
/** Programs for rows of different types. */
const PROGRAMS_MAX = 16;
/** The versions of a `mapWithState` whose function was lowered: programs run it on the state in the kernel's memory. */
export class KernelMapping {
  readonly #options: KernelMappingOptions;
  readonly #tables: MappingTables;
  #programs: Planned[] = [];
  /** The one of time-outs, and the types that it is for. */
  #timeout: { readonly types: StateTypes; readonly program: RowsProgram } | undefined;
  readonly #backOff = new BackOff();

  constructor(options: KernelMappingOptions) {
    this.#options = options;
    const { partitions, isSaved } = options;
    this.#tables = new MappingTables({ partitions, tracksTouches: this.#tracksTouches, isSaved });
  }

  /** As `MappingTables.takeSalvaged`. */
  takeSalvaged(): ReadonlyArray<StateTable<unknown>> | undefined {
    return this.#tables.takeSalvaged();
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

  /**
   * Makes the next version, or leaves everything as it was and throws: a `KernelError` "bail" where JavaScript has to make it.
   * `stateful` is what the function was lowered to.
   */
  next(stage: StageKernel, stateful: StateFunction["stateful"], input: MappingInput): MappingOutput {
    const { emitsUndefined } = this.#options;
    const fn: StateFunction = { stateful, emitsUndefined, tracksTouches: this.#tracksTouches };
    return this.#tables.guard(stage, (kernel) => {
      const encoded: FinishedBlock[] = [];
      try {
        const [records, initial] = [input.records, input.initial].map((partitions) =>
          partitions.map((blocks) => blocks.flatMap((block) => sourceOf(stage, kernel, block, encoded))),
        ) as [Source[][], Source[][]];
        const version = () => this.#version(stage, kernel, fn, { ...input, records, initial });
        try {
          return version();
        } catch (error) {
          const { types, all } = this.#tables;
          if (!isBail(error) || types?.isWide !== false || !all.some(({ isRefused }) => isRefused)) throw error;
          this.#tables.fit(kernel, { ...types, isWide: true });
          return version();
        }
      } finally {
        for (const { ptr } of encoded) kernel.memory.free(ptr);
      }
    });
  }

  /** As `MappingTables.moved`. */
  moved(): ReadonlyArray<StateTable<unknown>> {
    return this.#tables.moved();
  }

  /** Takes over what was saved; false, and nothing is done, where the kernel has no such states. */
  restore(stage: StageKernel, saved: SavedState["partitions"]): boolean {
    if (saved.every(({ length }) => length === 0)) return true;
    return this.#tables.guard(stage, (kernel) => {
      try {
        restoreTables(this.#tables, kernel, saved);
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
    this.#tables.free();
    this.#programs = [];
    this.#timeout = undefined;
  }

  get #tracksTouches(): boolean {
    return this.#options.idleMs !== undefined;
  }

  #version(
    stage: StageKernel,
    kernel: Kernel,
    fn: StateFunction,
    { records, initial, timeMs, wantsSnapshots, changed }: VersionInput,
  ): MappingOutput {
    const tables = this.#tables;
    const { putProgram } = needLowering().statePrograms;
    for (const { type } of initial.flat()) tables.fitTo(kernel, type);
    const programs = this.#plan(kernel, fn, records.flat());
    if (!tables.holds) {
      const nothing = Array.from({ length: this.#options.partitions }, () => []);
      changed?.(nothing.map(() => NO_CHANGES))();
      return { rows: nothing, snapshots: nothing };
    }
    const made: Made[][] = tables.all.map(() => []);
    for (const table of tables.all) table.begin(timeMs);
    try {
      const snapshots = tables.all.map((table, partition) => {
        for (const { block, type } of initial[partition] ?? []) {
          tables.put(kernel, table, needed(putProgram(type, tables.types!)), (run) => tables.feed(run, block));
        }
        const out = made[partition]!;
        for (const { block, type } of records[partition] ?? []) {
          out.push(...tables.collect(kernel, table, programs.get(type)!, (run) => tables.feed(run, block)));
        }
        if (this.#tracksTouches) out.push(...this.#timeOut(kernel, fn, table, timeMs));
        return wantsSnapshots ? tables.pairs(kernel, table) : [];
      });
      const counts = changed?.(tables.changes(kernel));
      tables.commit();
      counts?.();
      const rows = made.map((frames) => frames.map(({ frame, type }) => stage.blockOf(frame, type)));
      return { rows, snapshots };
    } catch (error) {
      if (isTrap(error)) throw error;
      for (const table of tables.all) table.rollback();
      for (const { frame } of made.flat()) kernel.memory.free(frame.ptr);
      throw error;
    }
  }

  /** The rows of keys that were idle for too long, which are removed. */
  #timeOut(kernel: Kernel, fn: StateFunction, table: KernelStateTable, timeMs: number): Made[] {
    const list = table.idle(timeMs - this.#options.idleMs!);
    if (list.count === 0) return [];
    const types = this.#tables.types!;
    if (!sameTypes(this.#timeout?.types, types)) {
      this.#timeout = { types, program: needed(needLowering().statePrograms.timeoutProgram(fn, types)) };
    }
    table.select(list);
    const rows = this.#tables.collect(kernel, table, this.#timeout!.program, (run) => run.runState(table.ptr));
    table.remove(list);
    return rows;
  }

  /** The programs for rows of these types; the tables are then such as they need. */
  #plan(kernel: Kernel, fn: StateFunction, sources: readonly Source[]): ReadonlyMap<RowType, RowsProgram> {
    const { updateProgram } = needLowering().statePrograms;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      let { types } = this.#tables;
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
        if (types) this.#tables.fit(kernel, types);
        return new Map([...planned].map(([type, { program }]) => [type, program]));
      }
      this.#tables.know(kernel, types);
    }
    throw bail("The types of a state never settle.");
  }
}
