import { abi } from "#kernel";
import type { FinishedBlock } from "./frame.js";
import { finishGroups } from "./group-finish.js";
import { type GroupLayout, type GroupSpec, layoutOf } from "./group-spec.js";
import type { Kernel } from "./kernel.js";
import type { ProgramState } from "./program.js";
import { TableRoom, type TableStart } from "./table-room.js";

/**
 * The state of a sink that groups (assembly/ops/group.ts): its table, with the room that it is given as it grows, and what it is finished with.
 *
 * Cost: 32 bytes a key and 4 to 8 of slots, keys over 16 bytes, cells beyond the first eight bytes.
 * **Errors:** as `TableRoom`.
 */
export class GroupSink implements ProgramState {
  readonly instruction: number;
  readonly spec: GroupSpec;
  readonly #kernel: Kernel;
  readonly #layout: GroupLayout;
  readonly #room: TableRoom;

  /** `instruction`: index of the sink in its program. */
  constructor(kernel: Kernel, spec: GroupSpec, instruction = 0, start: TableStart = {}) {
    this.#kernel = kernel;
    this.spec = spec;
    this.instruction = instruction;
    this.#layout = layoutOf(spec);
    const { form, aggregates } = this.#layout;
    const keys = form === abi.GROUP_GLOBAL ? 0 : spec.keyRegisters.length;
    const bytes = kernel.call("groupBytes", keys, aggregates.length);
    this.#room = new TableRoom(
      kernel,
      bytes,
      (statePtr, slotsPtr, slotBits) => {
        const set = (offset: number, value: number) => kernel.memory.view.setInt32(statePtr + offset, value, true);
        set(abi.GROUP_FORM, form);
        set(abi.GROUP_KEYS, keys);
        set(abi.GROUP_AGGREGATES, aggregates.length);
        set(abi.GROUP_NUMBER_CELL, this.#layout.numberCell);
        this.#writeLists(statePtr, spec);
        kernel.call("groupInit", statePtr, kernel.probeSeedPtr, slotsPtr, slotBits, this.#layout.stride);
      },
      start,
    );
    try {
      this.#placeSketches();
    } catch (error) {
      this.#room.free();
      throw error;
    }
  }

  get statePtr(): number {
    return this.#room.statePtr;
  }

  /** Goes on with another program, which has what the sink reads in other registers: a spec of the same keys and aggregates. */
  readFrom(spec: GroupSpec): void {
    this.#writeLists(this.#room.statePtr, spec);
  }

  /** Which registers keys and values come from, and the cells that they go to. */
  #writeLists(statePtr: number, { keyRegisters, aggregates }: GroupSpec): void {
    const { form, keyCells, aggregates: cells } = this.#layout;
    const set = (offset: number, value: number) => this.#kernel.memory.view.setInt32(statePtr + offset, value, true);
    let at = abi.GROUP_LISTS;
    const keys = form === abi.GROUP_GLOBAL ? [] : keyRegisters;
    for (const [i, register] of keys.entries()) {
      set(at, register);
      set(at + 4, keyCells[i] ?? 0);
      at += abi.GROUP_KEY_BYTES;
    }
    for (const [i, { code, cell, bytes }] of cells.entries()) {
      const { first = -1, value = -1 } = aggregates[i]!;
      [code, first, value, cell, bytes].forEach((word, field) => {
        set(at + 4 * field, word);
      });
      at += abi.GROUP_AGGREGATE_BYTES;
    }
  }

  /** Groups so far. */
  get count(): number {
    return this.#room.count;
  }

  /** Bytes that the table has been given. */
  get bytes(): number {
    return this.#room.bytes;
  }

  /** What the table stopped for, 0: nothing. */
  get need(): number {
    return this.#room.header(abi.TABLE_NEED);
  }

  serve(need: number): void {
    this.#room.serve(need);
  }

  /**
   * A sealed frame for each of `partitions`, rows in order of first arrival: the leaves of the key, then the aggregates, as columns of these kinds
   * (`COLUMN_*`). The frames belong to the caller. The sink may go on afterwards.
   *
   * **Errors:** `KernelError` "bad-size" where a value is not of its column's kind, or a frame would be over 2 GiB.
   */
  finish(partitions: number, columnKinds: readonly number[]): FinishedBlock[] {
    return finishGroups(this.#kernel, this.#room, this.spec, this.#layout, partitions, columnKinds);
  }

  free(): void {
    this.#room.free();
  }

  /** Gives sketches their parameters, with the room behind them. */
  #placeSketches(): void {
    const { memory } = this.#kernel;
    let at = this.#room.statePtr + abi.GROUP_LISTS + this.#room.header(abi.GROUP_KEYS) * abi.GROUP_KEY_BYTES;
    for (const { sketch } of this.spec.aggregates) {
      const ptr = sketch ? this.#room.take(abi.SKETCH_SCRATCH + sketch.roomBytes) : 0;
      if (sketch) memory.region(ptr, abi.SKETCH_PARAMETERS_BYTES).set(sketch.parameters);
      memory.view.setUint32(at + abi.AGGREGATE_PARAMETERS, ptr, true);
      at += abi.GROUP_AGGREGATE_BYTES;
    }
  }
}
