import { abi } from "#kernel";
import type { FinishedBlock } from "./frame.js";
import { encodeTemplate, type GroupLayout, type GroupSpec, type TemplateItem, templateOf } from "./group-spec.js";
import type { Kernel } from "./kernel.js";
import type { TableRoom } from "./table-room.js";
import { decodeWtf8, encodeWtf8 } from "./wtf8.js";

/** In place of a cell: the key of one value. */
const KEY_CELL = 0;
/** Added to the cell of numbers alone. */
const NUMBER_FLAG = 1;
const WORD_BYTES = 4;
const ID_BYTES = 2;

/** What `GroupSink.finish` does. */
export function finishGroups(
  kernel: Kernel,
  room: TableRoom,
  spec: GroupSpec,
  layout: GroupLayout,
  partitions: number,
  columnKinds: readonly number[],
): FinishedBlock[] {
  const finish = new Finish(kernel, room, spec, layout, partitions, columnKinds);
  try {
    finish.partition();
    return finish.frames();
  } finally {
    finish.free();
  }
}

/** One finish: the control region of assembly/group/finish.ts and all that it leads to. */
class Finish {
  readonly #kernel: Kernel;
  readonly #regions: number[] = [];
  readonly #template: readonly TemplateItem[];
  readonly #ptr: number;
  readonly #count: number;
  readonly #partitions: number;
  readonly #columns: number;

  constructor(
    kernel: Kernel,
    room: TableRoom,
    spec: GroupSpec,
    layout: GroupLayout,
    partitions: number,
    columnKinds: readonly number[],
  ) {
    this.#kernel = kernel;
    this.#count = room.count;
    this.#partitions = partitions;
    const cells = columnCells(layout);
    this.#columns = cells.length;
    if (columnKinds.length !== cells.length) throw new Error(`${cells.length} columns, not ${columnKinds.length}.`);
    const isComposite = layout.form === abi.GROUP_COMPOSITE;
    this.#template = isComposite ? templateOf(spec.key!, layout.keyCells) : [];
    try {
      this.#ptr = this.#take(abi.FINISH_BYTES);
      kernel.memory.region(this.#ptr, abi.FINISH_BYTES).fill(0);
      const template = encodeTemplate(this.#template);
      const scratchBytes =
        template.length + room.header(abi.TABLE_LONGEST) + abi.TEMPLATE_LEAF_BYTES * (this.#template.length + 1);
      this.#set(abi.FINISH_STATE, room.statePtr);
      this.#set(abi.FINISH_PARTITIONS, partitions);
      this.#set(abi.FINISH_COLUMNS, this.#columns);
      this.#set(abi.FINISH_KINDS, this.#words(columnKinds));
      this.#set(abi.FINISH_CELLS, this.#words(cells));
      this.#set(abi.FINISH_TEMPLATE, this.#bytes(template));
      this.#set(abi.FINISH_TEMPLATE_ITEMS, this.#template.length);
      this.#set(abi.FINISH_IDS, this.#take(ID_BYTES * Math.max(1, this.#count)));
      this.#set(abi.FINISH_SIZES, this.#take(partitions * WORD_BYTES * (1 + this.#columns)));
      this.#set(abi.FINISH_FRAMES, this.#take(partitions * WORD_BYTES));
      this.#set(abi.FINISH_SCRATCH, this.#take(scratchBytes));
      this.#set(abi.FINISH_CURSORS, this.#take(partitions * abi.FINISH_CURSOR_BYTES));
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /** Finds the partition of every key; where the kernel cannot tell the text of a number, with its canonical string. */
  partition(): void {
    while (this.#kernel.call("groupPartition", this.#ptr) < this.#count)
      this.#giveCanonical(this.#get(abi.FINISH_ENTRY));
    this.#kernel.call("groupMeasure", this.#ptr);
  }

  frames(): FinishedBlock[] {
    const { memory } = this.#kernel;
    const blocks: FinishedBlock[] = [];
    try {
      const sizesPtr = this.#get(abi.FINISH_SIZES);
      const framesPtr = this.#get(abi.FINISH_FRAMES);
      for (let i = 0; i < this.#partitions; i++) {
        const bytes = this.#kernel.call("groupFrameBytes", this.#ptr, i);
        const rows = memory.view.getUint32(sizesPtr + i * WORD_BYTES * (1 + this.#columns), true);
        const ptr = memory.allocate(bytes);
        blocks.push({ ptr, bytes, rows });
        memory.view.setUint32(framesPtr + i * WORD_BYTES, ptr, true);
      }
      this.#kernel.call("groupFrames", this.#ptr);
      return blocks;
    } catch (error) {
      for (const block of blocks) memory.free(block.ptr);
      throw error;
    }
  }

  free(): void {
    for (const ptr of this.#regions.splice(0)) this.#kernel.memory.free(ptr);
  }

  #giveCanonical(entry: number): void {
    let text = "";
    for (const { text: before, cell, isOptional } of this.#template) {
      const value = cell === 0 ? "" : this.#canonicalValue(entry + cell);
      if (!(isOptional && value === "u")) text += before + value;
    }
    const bytes = encodeWtf8(text);
    this.#kernel.memory.region(this.#get(abi.FINISH_SCRATCH), bytes.length).set(bytes);
    this.#set(abi.FINISH_GIVEN, bytes.length);
  }

  /** As in src/block/key.ts. */
  #canonicalValue(cell: number): string {
    const { view } = this.#kernel.memory;
    switch (view.getUint8(cell + abi.CELL_NUMBER)) {
      case abi.TAG_UNDEFINED:
        return "u";
      case abi.TAG_NULL:
        return "z";
      case abi.TAG_BOOLEAN:
        return view.getUint8(cell) === 0 ? "f" : "t";
      case abi.TAG_NUMBER:
        return `n${view.getFloat64(cell, true)};`;
      case abi.TAG_BIGINT:
        return `i${view.getBigInt64(cell, true)};`;
      default: {
        const text = decodeWtf8(
          this.#kernel.memory.copyOut(view.getUint32(cell, true), view.getUint32(cell + 4, true)),
        );
        return `s${text.length}:${text}`;
      }
    }
  }

  #take(bytes: number): number {
    const ptr = this.#kernel.memory.allocate(bytes);
    this.#regions.push(ptr);
    return ptr;
  }

  #words(values: readonly number[]): number {
    return this.#bytes(new Uint8Array(Uint32Array.from(values).buffer));
  }

  #bytes(bytes: Uint8Array): number {
    const ptr = this.#take(Math.max(1, bytes.length));
    this.#kernel.memory.region(ptr, bytes.length).set(bytes);
    return ptr;
  }

  #get(offset: number): number {
    return this.#kernel.memory.view.getUint32(this.#ptr + offset, true);
  }

  #set(offset: number, value: number): void {
    this.#kernel.memory.view.setUint32(this.#ptr + offset, value, true);
  }
}

/** Of each column where its values lie in an entry. */
function columnCells({ form, keyCells, aggregates }: GroupLayout): number[] {
  const keys = form === abi.GROUP_SINGLE ? [KEY_CELL] : keyCells;
  return [...keys, ...aggregates.map(({ cell, bytes }) => (bytes === abi.CELL_NUMBER ? cell + NUMBER_FLAG : cell))];
}
