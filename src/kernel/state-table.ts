import { abi } from "#kernel";
import { KernelError } from "../errors.js";
import { EntryHistory } from "./entry-history.js";
import type { KeyShape } from "./group-spec.js";
import type { Kernel } from "./kernel.js";
import type { ProgramState } from "./program.js";
import type { MemoryReader } from "./reader.js";
import { type SalvagedEntry, salvageState } from "./salvage-state.js";
import { type StateLayout, stateLayout } from "./state-layout.js";
import { StateRoom } from "./state-room.js";

/** The shape of a state, and how its entries are laid out. Plain data. */
export interface StateSpec {
  readonly key: KeyShape;
  /** Leaves of the key, and of the state: `isNumber` takes 8 bytes instead of 16, and bails where it gets anything else. */
  readonly keys: number;
  readonly leaves: ReadonlyArray<{ readonly isNumber: boolean }>;
  /** Whether keys have an order of touches, for `idle`. */
  readonly tracksTouches: boolean;
  /** Whether the only leaf is the number of the entry, in order of insertion, by which the host has the state. */
  readonly isNumbered?: boolean;
  /** Whether what versions change is saved: `history` is kept up. */
  readonly isSaved?: boolean;
}

/** What a row does to its key, besides nothing (0): it removes it, which is there; it puts it. */
export const ROW_REMOVES: number = abi.ROW_REMOVES;
export const ROW_PUTS: number = abi.ROW_PUTS;

/** A row that gave its key another entry, with another number. */
export interface MovedKey {
  readonly row: number;
  readonly number: number;
}

/** Entries of a state, for a program whose source they are (`KernelStateTable.select`), or to be removed. */
export interface StateList {
  readonly count: number;
  /** Address of a region of the memory; 0 where there are none. */
  readonly ptr: number;
}

/** Removed entries, and text that nobody reads any more, are given back once they are as much as what is there, and at least so much. */
const REMOVED_MIN = 128;
const TEXT_WASTED_MIN = 65_536;
const TOUCHES_MIN = 1024;
const WORD_BYTES = 4;

/**
 * The state of one partition in the memory of a kernel (assembly/state/layout.ts): keys in order of insertion, each with leaves of a state. Programs read and
 * change it (`OP_TURNS`, `OP_RETURN`, `OP_STATE_STORE`, and as a source by `ProgramRun.runState`), between `begin` and `commit` or `rollback`.
 *
 * Cost: 32 bytes a key of up to 16 bytes with one number, and 4 to 8 of slots; a commit costs what was changed, a rollback a look at every key.
 * **Errors:** `KernelError` "memory-limit" and "table-limit", with the count of keys and the bytes.
 */
export class KernelStateTable {
  readonly spec: StateSpec;
  readonly history: EntryHistory;
  readonly #kernel: Kernel;
  readonly #layout: StateLayout;
  readonly #room: StateRoom;
  readonly #lists = new Set<number>();
  #isOpen = false;

  constructor(kernel: Kernel, spec: StateSpec, keysExpected = 0) {
    this.spec = spec;
    this.#kernel = kernel;
    this.#layout = stateLayout(spec);
    this.#room = new StateRoom(kernel, this.#layout, keysExpected);
    this.history = new EntryHistory(kernel, this.#layout, this.#room);
  }

  /** Address, for programs. */
  get ptr(): number {
    return this.#room.statePtr;
  }

  /** Keys that are there. */
  get count(): number {
    return this.#room.area(abi.STATE_LIVE);
  }

  /** Entries, also those of keys that were removed: numbers are less than that. */
  get entries(): number {
    return this.#room.area(abi.STATE_ENTRIES);
  }

  /** Bytes of memory that it has taken. */
  get bytes(): number {
    return this.#room.bytes;
  }

  /** Whether the last program bailed as leaves of numbers got something else. */
  get isRefused(): boolean {
    return this.#room.area(abi.STATE_REFUSED) !== 0;
  }

  /** What a program needs for its instructions that read or change the state. It stays this table's. */
  programStates(instructions: readonly number[]): ProgramState[] {
    return instructions.map((instruction) => ({
      instruction,
      statePtr: this.ptr,
      serve: (need) => this.#room.serve(need),
      free: () => {},
    }));
  }

  /** Begins the list of a version's rows, whose keys programs then look up (`OP_STATE_KEYS`), so many in all. */
  listRows(count: number): void {
    const ptr = count === 0 ? 0 : this.#kernel.memory.allocate(2 * WORD_BYTES * count);
    if (ptr !== 0) this.#lists.add(ptr);
    this.#room.setArea(abi.STATE_ROWS, ptr);
    this.#room.setArea(abi.STATE_ROWS_COUNT, count);
    this.#room.setArea(abi.STATE_ROWS_DONE, 0);
  }

  /** The registers that the next program has the leaves of keys in. */
  readKeys(registers: readonly number[]): void {
    const { view } = this.#kernel.memory;
    registers.forEach((register, i) => {
      view.setUint32(this.ptr + abi.GROUP_LISTS + i * abi.GROUP_KEY_BYTES, register, true);
    });
  }

  /** The number of the entry of each row's key, of those that have been looked up. */
  rowNumbers(): Uint32Array {
    return new Uint32Array(this.#kernel.memory.copyOut(this.#rowWordsPtr, WORD_BYTES * this.#rowCount).buffer);
  }

  /** Does what the rows do to their keys (`ROW_*`), in their order; gives those whose keys have another number from there on. */
  settleRows(changes: Uint32Array): MovedKey[] {
    const { memory } = this.#kernel;
    if (changes.length === 0) return [];
    memory.copyIn(this.#rowWordsPtr, new Uint8Array(changes.buffer, changes.byteOffset, changes.byteLength));
    for (let done = 0; ; this.#room.serve(this.#room.need)) {
      done = this.#kernel.call("stateSettle", this.ptr, done);
      if (done === changes.length) break;
    }
    const moved: MovedKey[] = [];
    this.rowNumbers().forEach((word, row) => {
      if (word !== 0) moved.push({ row, number: word - 1 });
    });
    return moved;
  }

  /** As `salvageState`, of this state: what it was before a version that had not ended. */
  salvage(reader: MemoryReader): SalvagedEntry[] {
    return salvageState(reader, this.ptr, this.#layout, this.#isOpen);
  }

  /** Begins a version, whose touches have this time; first gives back what has piled up. */
  begin(timeMs: number): void {
    this.#freeLists();
    this.#tidy();
    this.#room.mark();
    this.#kernel.call("stateBegin", this.ptr, timeMs);
    this.history.begin(timeMs);
    this.#isOpen = true;
  }

  /** Makes the changes since `begin` final. */
  commit(): void {
    this.settle();
    this.end();
  }

  /** As `commit`, but what `salvage` gives is still what was before the version, until its end. */
  settle(): void {
    this.select(undefined);
    if (this.spec.isSaved) this.history.commit();
    this.#kernel.call("stateCommit", this.ptr);
  }

  /** The version, which has settled, counts. */
  end(): void {
    this.#isOpen = false;
  }

  /** Undoes the changes since `begin`. */
  rollback(): void {
    this.select(undefined);
    this.#kernel.call("stateRollback", this.ptr);
    this.#room.backToMark();
    this.#isOpen = false;
  }

  /** What programs have as rows of their source from here on: these entries; undefined: all, in order of insertion. */
  select(list: StateList | undefined): void {
    this.#room.setArea(abi.STATE_LIST, list?.ptr ?? 0);
    this.#room.setArea(abi.STATE_LIST_COUNT, list?.count ?? 0);
  }

  /** The entries touched last before a time, the one touched longest ago first. Valid up to the next `begin`. */
  idle(beforeMs: number): StateList {
    return this.#listOf((ptr) => this.#kernel.call("stateIdle", this.ptr, beforeMs, ptr));
  }

  /** The entries that the version has made or changed and that are there, also once it is committed. Valid up to the next `begin`. */
  changed(): StateList {
    return this.#listOf((ptr) => this.#kernel.call("stateChanged", this.ptr, ptr));
  }

  /** As `changed`, the entries of keys that were there before the version, which has removed them. */
  gone(): StateList {
    return this.#listOf((ptr) => this.#kernel.call("stateGone", this.ptr, ptr));
  }

  /** Removes the keys of entries that are there. */
  remove(list: StateList): void {
    if (list.count === 0) return;
    this.select(list);
    for (let done = 0; ; this.#room.serve(abi.NEED_JOURNAL)) {
      done = this.#kernel.call("stateRemove", this.ptr, done);
      if (done === list.count) break;
    }
    this.select(undefined);
  }

  free(): void {
    this.#freeLists();
    this.#room.free();
  }

  get #rowCount(): number {
    return this.#room.area(abi.STATE_ROWS_COUNT);
  }

  /** Where the list of rows has their words, behind their entries. */
  get #rowWordsPtr(): number {
    return this.#room.area(abi.STATE_ROWS) + WORD_BYTES * this.#rowCount;
  }

  #listOf(list: (ptr: number) => number): StateList {
    const count = list(0);
    if (count === 0) return { count, ptr: 0 };
    const ptr = this.#kernel.memory.allocate(4 * count);
    this.#lists.add(ptr);
    list(ptr);
    return { count, ptr };
  }

  #freeLists(): void {
    for (const ptr of this.#lists) this.#kernel.memory.free(ptr);
    this.#lists.clear();
  }

  #tidy(): void {
    const { count } = this;
    const removed = this.#room.area(abi.STATE_ENTRIES) - count;
    const text = this.#room.area(abi.STATE_TEXT_BYTES);
    const isTextWasted = text > this.#room.textBytesNext;
    if (removed > Math.max(count, REMOVED_MIN) || isTextWasted) this.#compact(isTextWasted || removed > 0);
    else if (this.#room.area(abi.STATE_LOG_COUNT) > 2 * count + TOUCHES_MIN)
      this.#kernel.call("stateSortTouches", this.ptr);
  }

  /** Where there is no room to move text, only entries move. */
  #compact(movesText: boolean): void {
    const bytes = movesText ? this.#kernel.call("stateTextBytes", this.ptr) : 0;
    let textPtr = 0;
    if (bytes > 0) {
      try {
        textPtr = this.#room.newText(bytes);
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
      }
    }
    if (this.spec.isSaved) this.history.moveTogether();
    this.#kernel.call("stateCompact", this.ptr, textPtr, bytes);
    this.#room.compacted(textPtr, bytes);
    this.#room.textBytesNext = 2 * this.#room.area(abi.STATE_TEXT_BYTES) + TEXT_WASTED_MIN;
  }
}
