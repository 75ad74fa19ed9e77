/** Rows and states of a `mapWithState` on their way into the kernel, and what is saved of them. */
import type { FrameBlock, InputBlock } from "../block/block.js";
import { hasLists, observedType } from "../block/observed-type.js";
import { encodeTyped, typeOfRows } from "../block/row-encoder.js";
import type { RowType } from "../block/row-type.js";
import type { FinishedBlock } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import { bail } from "../kernel/program.js";
import type { SalvagedEntry } from "../kernel/salvage-state.js";
import { JsonSlice, type VectorValue } from "../kernel/vector.js";
import type { StateTypes } from "../lowering/compile/state-programs.js";
import type { StageKernel } from "../plan/dataset.js";
import { StateTable } from "../state/state-table.js";

/** Rows of one type in the memory of the kernel at hand. */
export interface Source {
  readonly block: FrameBlock;
  readonly type: RowType;
}

/** A table of JavaScript values with what was left of one of the kernel's. `stateOf`: the state, given what the table had for it. */
export function salvagedTable(
  entries: readonly SalvagedEntry[],
  { key, state }: StateTypes,
  tracksTouches: boolean,
  stateOf: (kept: unknown) => unknown,
): StateTable<unknown> {
  const table = new StateTable<unknown>({ tracksTouches });
  const put = (entry: SalvagedEntry, timeMs: number) =>
    table.put(builtOf(key, [...entry.key]), stateOf(builtOf(state!, [...entry.leaves])), timeMs);
  for (const entry of entries) put(entry, entry.timeMs);
  if (tracksTouches) for (const entry of [...entries].sort((a, b) => a.touch - b.touch)) put(entry, entry.timeMs);
  table.commit();
  return table;
}

/** A value of a type whose leaves are the first of these, depth first. */
function builtOf(type: RowType, leaves: VectorValue[]): unknown {
  switch (type.kind) {
    case "scalar": {
      const leaf = leaves.shift();
      return leaf instanceof JsonSlice ? JSON.parse(leaf.text) : leaf;
    }
    case "tuple":
      return type.items.map((item) => builtOf(item, leaves));
    case "record":
      return Object.fromEntries(type.fields.map(([name, field]) => [name, builtOf(field, leaves)]));
    case "list":
      throw new Error("No state has lists.");
  }
}

/** The type of the pairs of a table; undefined where it has none. */
export function typeOfPairs(table: StateTable<unknown>): RowType | undefined {
  const rows = table.rows();
  if (rows.length === 0) return undefined;
  const type = typeOfRows(rows);
  if (type === undefined) throw bail("A state is none that the kernel has.");
  return type;
}

/** A block as a source of rows; values are laid out in columns. */
export function sourceOf(stage: StageKernel, kernel: Kernel, block: InputBlock, encoded: FinishedBlock[]): Source[] {
  if (block.kind === "slice") throw bail("Lines are no pairs.");
  if (block.kind === "rows") {
    if (block.rows.length === 0) return [];
    const typed = encodeTyped(block.rows, kernel);
    if (typed === undefined) throw bail("Rows are none that the kernel has.");
    encoded.push(typed.frame);
    return [{ block: { kind: "frame", type: typed.type, home: 0, ...typed.frame }, type: typed.type }];
  }
  if (block.rows === 0) return [];
  if (hasLists(block.type)) throw bail("Rows have lists.");
  const { memory, ptr } = stage.readerOf(block);
  return [{ block, type: observedType(block.type, memory, ptr, block.rows) }];
}
