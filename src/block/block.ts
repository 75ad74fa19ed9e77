/**
 * Blocks: the unit that moves. Rows lie as bytes in the linear memory of one thread (`home`), or as JavaScript values. A block is sealed: its rows
 * never change. Its address may, when a memory is rebuilt after a trap, so tasks get it from the block and keep no copy.
 */
import type { RowType } from "./row-type.js";

/** Clean text: valid UTF-8, every line ended by "\n". */
export interface TextBlock {
  readonly kind: "text";
  /** Index of the thread in whose memory it lies. */
  home: number;
  ptr: number;
  readonly bytes: number;
  readonly rows: number;
  readonly checksum: number;
  /** Scopes that keep it. */
  owners?: number;
}

/** Rows of one type as columns in a frame (assembly/block.ts). */
export interface FrameBlock {
  readonly kind: "frame";
  /** Its rows are of this type; columns may hold less than it says. Changes only before the block is handed out. */
  type: RowType;
  home: number;
  ptr: number;
  readonly bytes: number;
  readonly rows: number;
  owners?: number;
}

/** Rows as JavaScript values; never leaves the thread that runs closures. */
export interface RowsBlock {
  readonly kind: "rows";
  readonly rows: readonly unknown[];
}

export type MemoryBlock = TextBlock | FrameBlock;

/** A run of whole lines of a text block. */
export interface TextSlice {
  readonly kind: "slice";
  readonly block: TextBlock;
  readonly offset: number;
  readonly bytes: number;
}

/** What one partition of a task's input is made of, in order. */
export type InputBlock = TextSlice | FrameBlock | RowsBlock;
