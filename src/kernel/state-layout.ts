import { abi } from "#kernel";
import type { StateSpec } from "./state-table.js";

/** Where everything of a key lies in an entry (assembly/state/layout.ts). */
export interface StateLayout {
  readonly form: number;
  readonly stride: number;
  readonly keyCells: readonly number[];
  readonly leaves: ReadonlyArray<{ readonly cell: number; readonly bytes: number }>;
  /** Cell of the last touch, 0: none. */
  readonly touchCell: number;
  /** Cell of the number of an entry, 0: none. */
  readonly numberCell: number;
  /** Where what a journal keeps begins, and its bytes. */
  readonly cells: number;
  readonly cellsBytes: number;
}

/** Cells of an entry begin here. */
const CELLS_OFFSET = 24;
const STRIDE_UNIT = 32;

export function stateLayout({ key, keys, leaves, tracksTouches, isNumbered = false }: StateSpec): StateLayout {
  let offset = CELLS_OFFSET;
  const cell = (bytes: number) => {
    offset += bytes;
    return offset - bytes;
  };
  const isSingle = key.kind === "scalar";
  const keyCells = isSingle ? [] : Array.from({ length: keys }, () => cell(abi.CELL_VALUE));
  const cells = offset;
  const placed = leaves.map(({ isNumber }) => {
    const bytes = isNumber ? abi.CELL_NUMBER : abi.CELL_VALUE;
    return { cell: cell(bytes), bytes };
  });
  const touchCell = tracksTouches ? cell(abi.CELL_TOUCH) : 0;
  return {
    form: isSingle ? abi.GROUP_SINGLE : abi.GROUP_COMPOSITE,
    stride: Math.ceil(offset / STRIDE_UNIT) * STRIDE_UNIT,
    keyCells,
    leaves: placed,
    touchCell,
    numberCell: isNumbered ? placed[0]!.cell : 0,
    cells,
    cellsBytes: offset - cells,
  };
}
