/** What `mapWithState` needs of the kernel: a module that comes with the first version that could be made there. */
import type { InputBlock } from "../block/block.js";
import { decodeFrame } from "../block/row-decoder.js";
import { bail, isBail } from "../kernel/program.js";
import type { StatefulLowering } from "../lowering/expression.js";
import type { StageKernel, StageRows, StageRunner } from "../plan/dataset.js";
import { entriesIn, type SavedState } from "../plan/durable-state.js";
import type { StateTable } from "../state/state-table.js";
import { type ChangesOfVersion, KernelMapping } from "./kernel-mapping.js";
import { KeysInKernel } from "./keys-in-kernel.js";
import type { MappingCalls } from "./mapping-calls.js";
import { piecesOf } from "./mapping-rows.js";
import { stateError } from "./state-limit.js";

type Tables = ReadonlyArray<StateTable<unknown>>;

export interface StateInKernelOptions {
  /** The operator, for messages. */
  readonly name: string;
  readonly partitions: number;
  readonly emitsUndefined: boolean;
  /** As of `MapWithStateOptions`. */
  readonly idleMs: number | undefined;
  readonly wantsSnapshots: boolean;
  /** As of `StateSpec`. */
  readonly isSaved: boolean;
  /** What a checkpoint had, where nobody has taken that. */
  readonly saved: SavedState["partitions"] | undefined;
}

/** What the next version is made of. */
export interface NextVersion {
  readonly stage: StageKernel;
  readonly asTask: StageRunner["asTask"];
  readonly records: ReadonlyArray<readonly InputBlock[]>;
  /** Pairs that the state starts with; undefined where they have been put, or there are none. */
  readonly initial: ReadonlyArray<readonly InputBlock[]> | undefined;
  readonly timeMs: number;
  readonly lowered: StatefulLowering;
  callsOf(): MappingCalls;
  /** Told what the version changes, where that is saved. */
  readonly changed: ChangesOfVersion | undefined;
  /** The state, where it does not lie here. */
  readonly tables: Tables;
}

export interface MadeVersion {
  readonly rows: StageRows;
  /** All pairs of each partition, where they are wanted. */
  readonly snapshots: ReadonlyArray<ReadonlyArray<[unknown, unknown]>>;
}

/** The state of a `mapWithState` as far as the kernel has it: all of it where the function was lowered, else its keys. */
export class StateInKernel {
  readonly #options: StateInKernelOptions;
  readonly #mapping: KernelMapping;
  readonly #keys: KeysInKernel;
  /** The kernel has made a version by what the function was lowered to: where it bails from there on that is for a while. */
  #hasMapped = false;
  /** What a checkpoint had, until it lies in tables. */
  #saved: SavedState["partitions"] | undefined;

  constructor(options: StateInKernelOptions) {
    this.#options = options;
    this.#mapping = new KernelMapping(options);
    this.#keys = new KeysInKernel(options);
    this.#saved = options.saved;
  }

  /** Makes the next version; or gives the tables from which JavaScript makes it. The state here stays as it is until `free`. */
  next(version: NextVersion): MadeVersion | { readonly tables: Tables } {
    const { lowered, initial } = version;
    let tables = this.#salvaged(version.tables);
    const make = (holder: KernelMapping | KeysInKernel, body: () => MadeVersion): MadeVersion | undefined => {
      try {
        tables = this.#toTables(tables, holder);
        if (!holder.holds && !this.#fill(holder, version.stage, tables))
          throw bail("The state is none of the kernel's.");
        return body();
      } catch (error) {
        if (!isBail(error)) throw stateError(this.#options.name, error, holder.size);
        holder.bailed();
        tables = this.#salvaged(tables);
      }
    };
    let made: MadeVersion | undefined;
    if (lowered.ok && this.#mapping.attempt())
      made = make(this.#mapping, () => this.#mapped(version, lowered.stateful));
    // Pairs that a state starts with are put by JavaScript where it calls the function, too.
    const keepsKeys = initial === undefined && !(lowered.ok && this.#hasMapped);
    if (!made && keepsKeys && this.#keys.attempt()) {
      made = make(this.#keys, () => version.asTask(() => this.#keys.next(version.stage, version)));
    }
    return made ?? { tables: this.#salvaged(this.#toTables(this.#loaded(tables), undefined)) };
  }

  free(): void {
    this.#mapping.free();
    this.#keys.free();
  }

  /** Gives the state to a holder that has none; false where it cannot hold it. */
  #fill(holder: KernelMapping | KeysInKernel, stage: StageKernel, tables: Tables): boolean {
    let isThere = false;
    try {
      isThere = holder.restore(stage, this.#saved ?? piecesOf(tables));
    } finally {
      // Where the memory was lost meanwhile, what was left of it is not the state.
      if (!isThere) holder.free();
    }
    if (isThere) this.#saved = undefined;
    return isThere;
  }

  /** The tables, with what a checkpoint had where nobody has taken that. */
  #loaded(tables: Tables): Tables {
    const saved = this.#saved;
    this.#saved = undefined;
    for (const [p, table] of saved ? tables.entries() : []) table.load(entriesIn(saved![p]!));
    return tables;
  }

  #mapped({ stage, records, initial = [], timeMs, changed }: NextVersion, stateful: Stateful): MadeVersion {
    const { wantsSnapshots } = this.#options;
    const input = { records, initial, timeMs, wantsSnapshots, changed };
    const { rows, snapshots } = this.#mapping.next(stage, stateful, input);
    this.#hasMapped ||= this.#mapping.holds;
    return { rows: rows.map((blocks) => ({ blocks })), snapshots };
  }

  /** The tables with what holders other than this one have. */
  #toTables(tables: Tables, holder: KernelMapping | KeysInKernel | undefined): Tables {
    let all = tables;
    for (const other of [this.#mapping, this.#keys]) {
      if (other === holder || !other.holds) continue;
      all = other.moved();
      // Only one of them is to have it; where JavaScript makes the version it stays until that counts.
      if (holder) other.free();
    }
    return all;
  }

  /** The tables, with what was left of the state when the kernel's memory was thrown away. */
  #salvaged(tables: Tables): Tables {
    return this.#mapping.takeSalvaged() ?? this.#keys.takeSalvaged() ?? tables;
  }
}

type Stateful = Extract<StatefulLowering, { ok: true }>["stateful"];

/** Key and value of one of these records; undefined where there is none that is known. */
export function firstRecord(
  kernel: StageKernel,
  records: ReadonlyArray<readonly InputBlock[]>,
): readonly unknown[] | undefined {
  for (const block of records.flat()) {
    if (block.kind === "rows" && block.rows.length > 0) return block.rows[0] as readonly unknown[];
    if (block.kind !== "frame" || block.rows === 0) continue;
    const { memory, ptr } = kernel.readerOf(block);
    for (const rows of decodeFrame(block.type, memory, ptr, block.rows, 1)) return rows[0] as readonly unknown[];
  }
  return undefined;
}
