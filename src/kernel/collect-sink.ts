import { abi } from "#kernel";
import type { FinishedBlock } from "./frame.js";
import { encodeTemplate, type KeyShape, templateOf } from "./group-spec.js";
import type { Kernel } from "./kernel.js";
import { ORDER_RULES, type OrderKey } from "./order-key.js";
import { powersOfFivePtr } from "./powers-of-five.js";
import type { ProgramState } from "./program.js";

/** How rows are divided: which partition a row goes to. */
export type Partitioning =
  | { readonly by: "one" }
  /** By the partition hash of a key that is a scalar. */
  | { readonly by: "hash"; readonly partitions: number; readonly register: number }
  /** By that of a key of this shape, whose leaves lie in these registers, depth first. */
  | {
      readonly by: "canonical";
      readonly partitions: number;
      readonly key: KeyShape;
      readonly registers: readonly number[];
    }
  /** One by one in turn, from partition `first` on. */
  | { readonly by: "deal"; readonly partitions: number; readonly first: number }
  /** All to one, but those that cannot be among the first ones of an order: see `CollectSink.bound`. */
  | { readonly by: "first"; readonly keys: readonly OrderKey[] };

export interface CollectOptions {
  /** Index of the sink's instruction in its program. */
  readonly instruction: number;
  /** The columns of the frames: the register and the kind of each (`columnKinds`). */
  readonly columns: ReadonlyArray<{ readonly register: number; readonly kind: number }>;
  readonly partitioning: Partitioning;
}

const MODES = {
  one: abi.COLLECT_ONE,
  hash: abi.COLLECT_HASH,
  canonical: abi.COLLECT_CANONICAL,
  deal: abi.COLLECT_DEAL,
  first: abi.COLLECT_FIRST,
} as const;

/** The first frame of a partition has so many bytes, each next one twice as many as the one before. */
const FRAME_BYTES_AT_FIRST = 4096;
/** The first frame where all rows go to one partition: most of them need no other. */
const ONLY_FRAME_BYTES_AT_FIRST = 65_536;
const FRAME_BYTES_MAX = 2 ** 20;

/**
 * A sink of a program (assembly/ops/collect.ts): rows in order, in sealed frames, any number for each partition. Frames are as large as their rows;
 * the last one of each partition gives back what it had too much. `free()` gives back all that `finish()` has not handed out.
 *
 * **Errors:** `KernelError` "memory-limit" where there is no room for a frame.
 */
export class CollectSink implements ProgramState {
  readonly instruction: number;
  readonly statePtr: number;
  readonly #kernel: Kernel;
  readonly #frames: FinishedBlock[][];
  /** Bytes of the next frame of each partition. */
  readonly #bytesNext: number[];
  #templatePtr: number | undefined;

  constructor(kernel: Kernel, { instruction, columns, partitioning }: CollectOptions) {
    const partitions = "partitions" in partitioning ? partitioning.partitions : 1;
    this.instruction = instruction;
    this.#kernel = kernel;
    this.#frames = Array.from({ length: partitions }, () => []);
    this.#bytesNext = Array<number>(partitions).fill(
      partitions === 1 ? ONLY_FRAME_BYTES_AT_FIRST : FRAME_BYTES_AT_FIRST,
    );
    this.statePtr = kernel.memory.allocate(kernel.call("collectBytes", partitions, columns.length));
    kernel.call("collectInit", this.statePtr, MODES[partitioning.by], partitions, columns.length);
    const { view } = kernel.memory;
    const columnsPtr = view.getUint32(this.statePtr + abi.COLLECT_ADDRESS, true);
    columns.forEach(({ register, kind }, i) => {
      view.setInt32(columnsPtr + i * abi.COLLECT_COLUMN_BYTES, register, true);
      view.setInt32(columnsPtr + i * abi.COLLECT_COLUMN_BYTES + 4, kind, true);
    });
    if ("register" in partitioning) view.setInt32(this.statePtr + abi.COLLECT_KEY, partitioning.register, true);
    if (partitioning.by === "deal") {
      view.setUint32(this.statePtr + abi.COLLECT_TARGET, partitioning.first % partitions, true);
    }
    if (partitioning.by === "first") this.#setKeys(partitioning.keys, columnsPtr);
    if (partitioning.by === "canonical" && partitions > 1) this.#setTemplate(partitioning.key, partitioning.registers);
  }

  #setTemplate(key: KeyShape, registers: readonly number[]): void {
    const { memory } = this.#kernel;
    // 0 stands for none.
    const items = templateOf(
      key,
      registers.map((register) => register + 1),
    );
    const template = encodeTemplate(items);
    const set = (offset: number, value: number) => memory.view.setUint32(this.statePtr + offset, value, true);
    try {
      this.#templatePtr = memory.allocate(template.length);
      memory.region(this.#templatePtr, template.length).set(template);
      set(abi.COLLECT_TEMPLATE, this.#templatePtr);
      set(abi.COLLECT_TEMPLATE_ITEMS, items.length);
      set(abi.COLLECT_TEMPLATE_BYTES, template.length);
      set(abi.COLLECT_POWERS, powersOfFivePtr(this.#kernel));
    } catch (error) {
      this.free();
      throw error;
    }
  }

  #setKeys(keys: readonly OrderKey[], columnsPtr: number): void {
    const { view } = this.#kernel.memory;
    const [first] = keys;
    view.setUint32(this.statePtr + abi.COLLECT_FIRST_COLUMN, first!.column, true);
    view.setUint32(this.statePtr + abi.COLLECT_FIRST_DESCENDING, first!.descends ? 1 : 0, true);
    view.setUint32(this.statePtr + abi.COLLECT_FIRST_TIES, keys.length > 1 ? 1 : 0, true);
    for (const { column, by } of keys) {
      view.setUint32(columnsPtr + column * abi.COLLECT_COLUMN_BYTES + abi.COLLECT_COLUMN_RULE, ORDER_RULES[by], true);
    }
  }

  /** From here on rows are left out that come behind a row of a frame of the sink's columns; the frame must stay for as long. */
  bound(framePtr: number, row: number): void {
    this.#kernel.call("collectBound", this.statePtr, framePtr, row);
  }

  serve(): void {
    const { memory } = this.#kernel;
    const partition = memory.view.getUint32(this.statePtr + abi.COLLECT_NEED_PARTITION, true);
    const bytesNeeded = memory.view.getUint32(this.statePtr + abi.COLLECT_NEED_BYTES, true);
    this.#close(partition);
    const bytesWanted = this.#bytesNext[partition]!;
    this.#bytesNext[partition] = Math.min(2 * bytesWanted, FRAME_BYTES_MAX);
    const bytes = bytesWanted > bytesNeeded && memory.hasRoom(bytesWanted) ? bytesWanted : bytesNeeded;
    const ptr = memory.allocate(bytes);
    try {
      this.#kernel.call("collectOpen", this.statePtr, ptr, bytes);
    } catch (error) {
      memory.free(ptr);
      throw error;
    }
  }

  /** The frames of each partition, in the order of their rows; they belong to the caller. */
  finish(): FinishedBlock[][] {
    for (let partition = 0; partition < this.#frames.length; partition++) this.#close(partition);
    return this.#frames.map((frames) => frames.splice(0));
  }

  free(): void {
    for (const { ptr } of this.finish().flat()) this.#kernel.memory.free(ptr);
    if (this.#templatePtr !== undefined) this.#kernel.memory.free(this.#templatePtr);
    this.#kernel.memory.free(this.statePtr);
  }

  /** Seals the open frame of a partition. */
  #close(partition: number): void {
    const { memory } = this.#kernel;
    this.#kernel.call("collectTake", this.statePtr, partition);
    const ptr = memory.view.getUint32(this.statePtr + abi.COLLECT_ADDRESS, true);
    if (ptr === 0) return;
    const rows = memory.view.getUint32(ptr + abi.BLOCK_ROWS, true);
    const bytes = this.#kernel.call("frameClose", ptr);
    memory.shrink(ptr, bytes);
    this.#frames[partition]!.push({ ptr, bytes, rows });
  }
}
