import { abi } from "#kernel";
import type { FinishedBlock } from "./frame.js";
import type { Kernel } from "./kernel.js";
import { bail } from "./program.js";

/** Frames in this kernel's memory, in order, and which of their columns make up the key. */
export interface IndexedSide {
  readonly frames: readonly number[];
  readonly keys: readonly number[];
}

export interface RowIndexOptions {
  /** At most `INDEX_SIDES_MAX`, all with as many columns of the key; a join has two. */
  readonly sides: readonly IndexedSide[];
  /** The key is the value of its one column: -0 becomes 0. Else it is a tuple or record, on all sides the same. */
  readonly isScalarKey: boolean;
}

/** Which keys a join keeps besides those of both sides. */
export interface JoinKeeps {
  readonly left: boolean;
  readonly right: boolean;
}

/** A column of a frame of lists, and its kind. `list`: of one side, whose elements have the `elements` columns that follow. */
export type ListColumn =
  | { readonly of: "key"; readonly component: number; readonly kind: number }
  | { readonly of: "list"; readonly side: number; readonly elements: number }
  | { readonly of: "element"; readonly side: number; readonly column: number; readonly kind: number };

/** As in assembly/rows/row-index.ts. */
const SLOT_BITS_MIN = 10;
const SLOT_BYTES = 8;
const ROW_REFERENCE_BYTES = 8;
const KEY_BYTES = 8;

/**
 * The rows of frames by key (assembly/rows/row-index.ts), for joins, lists and look-ups. Keys are equal as in JavaScript's `KeyMap`. The frames must stay
 * where they are; `free()` gives back the index alone.
 *
 * **Cost:** about 60 bytes of memory a row, 8 more once rows are listed. **Errors:** `KernelError` "bail" where a key is JSON; `KernelError` "memory-limit".
 */
export class RowIndex {
  /** Address, for `ProgramRun.runJoin` and look-ups. */
  readonly ptr: number;
  readonly #kernel: Kernel;
  readonly #regions = new Set<number>();
  /** Of each side. */
  readonly #rowCounts: readonly number[];
  #groupsPtr = 0;

  constructor(kernel: Kernel, { sides, isScalarKey }: RowIndexOptions) {
    this.#kernel = kernel;
    this.#rowCounts = sides.map((side) => this.#rowsIn(side));
    const { rows } = this;
    const keys = sides[0]!.keys.length;
    // At most half full: one bit more than groups need, and one for the last time that they double.
    const bits = Math.max(SLOT_BITS_MIN, Math.ceil(Math.log2(rows + 1)) + 1);
    try {
      this.ptr = this.#take(abi.INDEX_HEADER_BYTES);
      kernel.call("indexInit", this.ptr, kernel.probeSeedPtr);
      this.#set(abi.INDEX_FRAMES, this.#words(sides.flatMap(({ frames }) => frames)));
      for (const [side, { frames }] of sides.entries()) this.#set(abi.INDEX_SIDES + 4 * side, frames.length);
      this.#set(abi.INDEX_KEYS, this.#words(sides.flatMap((side) => side.keys)));
      this.#set(abi.INDEX_KEY_COLUMNS, keys);
      this.#set(abi.INDEX_IS_SCALAR, isScalarKey ? 1 : 0);
      this.#set(abi.INDEX_SLOTS, this.#take(SLOT_BYTES * 2 ** bits));
      this.#groupsPtr = this.#take(4 * rows);
      this.#set(abi.INDEX_GROUPS, this.#groupsPtr);
      this.#set(abi.INDEX_FIRSTS, this.#take(ROW_REFERENCE_BYTES * rows));
      this.#set(abi.INDEX_HASHES, this.#take(4 * rows));
      if (keys === 1) {
        this.#set(abi.INDEX_GROUP_KEYS, this.#take(KEY_BYTES * rows));
        this.#set(abi.INDEX_SCRATCH, this.#take(abi.VECTOR_BYTES + 4 * abi.VECTOR_ROWS));
      }
      if (kernel.call("indexBuild", this.ptr) !== 0) throw bail("A key is JSON.");
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /** The number of keys. */
  get groups(): number {
    return this.#get(abi.INDEX_GROUP_COUNT);
  }

  /** The number of rows of all sides. */
  get rows(): number {
    return this.#rowCounts.reduce((sum, count) => sum + count, 0);
  }

  /** How many pairs of a left and a right row have the same key; at least, as one that has no other counts as none. */
  get pairs(): number {
    this.#list();
    const { groups } = this;
    const endsOf = (side: 0 | 1) =>
      new Uint32Array(this.#kernel.memory.memory.buffer, this.#get(abi.INDEX_ENDS + 4 * side), groups);
    const [lefts, rights] = [endsOf(0), endsOf(1)];
    let pairs = 0;
    let [left, right] = [0, 0];
    for (let group = 0; group < groups; group++) {
      const [leftEnd, rightEnd] = [lefts[group]!, rights[group]!];
      pairs += (leftEnd - left) * (rightEnd - right);
      left = leftEnd;
      right = rightEnd;
    }
    return pairs;
  }

  /** Makes it the source of a join; each call starts the join anew. */
  join({ left, right }: JoinKeeps): void {
    this.#list();
    if (this.#get(abi.INDEX_PAIRS) === 0) {
      this.#set(abi.INDEX_PAIRS, this.#take(3 * ROW_REFERENCE_BYTES * abi.VECTOR_ROWS));
    }
    this.#set(abi.INDEX_KEEPS_LEFT, left ? 1 : 0);
    this.#set(abi.INDEX_KEEPS_RIGHT, right ? 1 : 0);
    for (const at of [abi.INDEX_AT_GROUP, abi.INDEX_AT_LEFT, abi.INDEX_AT_RIGHT]) this.#set(at, 0);
  }

  /**
   * Sealed frames of keys and lists, one row for each key in order of first arrival; they belong to the caller. More than one only where one would be
   * larger than a frame can be.
   */
  lists(columns: readonly ListColumn[]): FinishedBlock[] {
    this.#list();
    const { memory } = this.#kernel;
    const columnsPtr = memory.allocate(columns.length * abi.LIST_COLUMN_BYTES);
    const frames: FinishedBlock[] = [];
    try {
      columns.forEach((column, i) => {
        wordsOf(column).forEach((word, j) => {
          memory.view.setUint32(columnsPtr + i * abi.LIST_COLUMN_BYTES + 4 * j, word, true);
        });
      });
      if (this.groups > 0) this.#writeLists(0, this.groups, columnsPtr, columns.length, frames);
      return frames;
    } catch (error) {
      for (const { ptr } of frames) memory.free(ptr);
      throw error;
    } finally {
      memory.free(columnsPtr);
    }
  }

  free(): void {
    for (const ptr of this.#regions) this.#kernel.memory.free(ptr);
    this.#regions.clear();
  }

  #writeLists(from: number, to: number, columnsPtr: number, count: number, frames: FinishedBlock[]): void {
    const { memory } = this.#kernel;
    const bytes = this.#kernel.call("listFrameBytes", this.ptr, from, to, columnsPtr, count);
    if (bytes === 0) {
      if (to - from === 1) throw bail("The values of one key are more than a frame holds.");
      const middle = from + Math.ceil((to - from) / 2);
      this.#writeLists(from, middle, columnsPtr, count, frames);
      this.#writeLists(middle, to, columnsPtr, count, frames);
      return;
    }
    const ptr = memory.allocate(bytes);
    frames.push({ ptr, bytes, rows: to - from });
    this.#kernel.call("listFrameWrite", this.ptr, from, to, columnsPtr, count, ptr);
  }

  /** Lists the rows of each key, once; the group of each row is not needed from then on. */
  #list(): void {
    if (this.#groupsPtr === 0) return;
    const { memory } = this.#kernel;
    for (const [side, count] of this.#rowCounts.entries()) {
      this.#set(abi.INDEX_ENDS + 4 * side, this.#take(4 * (this.groups + 1)));
      this.#set(abi.INDEX_REFS + 4 * side, this.#take(ROW_REFERENCE_BYTES * count));
    }
    this.#kernel.call("indexLists", this.ptr);
    memory.free(this.#groupsPtr);
    this.#regions.delete(this.#groupsPtr);
    this.#groupsPtr = 0;
  }

  #rowsIn({ frames }: IndexedSide): number {
    const { view } = this.#kernel.memory;
    return frames.reduce((sum, ptr) => sum + view.getUint32(ptr + abi.BLOCK_ROWS, true), 0);
  }

  #words(words: readonly number[]): number {
    const ptr = this.#take(4 * words.length);
    words.forEach((word, i) => {
      this.#kernel.memory.view.setUint32(ptr + 4 * i, word, true);
    });
    return ptr;
  }

  #take(bytes: number): number {
    const ptr = this.#kernel.memory.allocate(bytes);
    this.#regions.add(ptr);
    return ptr;
  }

  #set(offset: number, value: number): void {
    this.#kernel.memory.view.setUint32(this.ptr + offset, value, true);
  }

  #get(offset: number): number {
    return this.#kernel.memory.view.getUint32(this.ptr + offset, true);
  }
}

/** The description of a column as the kernel reads it: see assembly/rows/list-frame.ts. */
function wordsOf(column: ListColumn): number[] {
  switch (column.of) {
    case "key":
      return [abi.LIST_KEY, column.component, 0, column.kind, 0];
    case "list":
      return [abi.LIST_OFFSETS, 0, column.side, abi.COLUMN_LIST, column.elements];
    case "element":
      return [abi.LIST_ELEMENT, column.column, column.side, column.kind, 0];
  }
}
