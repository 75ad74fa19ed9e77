/** Rows and states of a `mapWithState` on their way into the kernel, and what is saved of them. */
import type { FrameBlock, InputBlock } from "../block/block.js";
import { hasLists, observedType } from "../block/observed-type.js";
import { encodeTyped } from "../block/row-encoder.js";
import type { RowType } from "../block/row-type.js";
import type { Touches } from "../kernel/entry-history.js";
import type { FinishedBlock } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import { bail } from "../kernel/program.js";
import type { SalvagedEntry } from "../kernel/salvage-state.js";
import type { KernelStateTable } from "../kernel/state-table.js";
import { JsonSlice, type VectorValue } from "../kernel/vector.js";
import type { StateTypes } from "../lowering/compile/state-programs.js";
import type { Refusal } from "../lowering/expression.js";
import type { StageKernel } from "../plan/dataset.js";
import type { DurableEntry, EntryColumns } from "../plan/durable-state.js";
import { type StateEntry, StateTable } from "../state/state-table.js";

/** Entries that are laid out in columns at once. */
const PIECE_ENTRIES = 16_384;

/** Rows of one type in the memory of the kernel at hand. */
export interface Source {
  readonly block: FrameBlock;
  readonly type: RowType;
}

/** The entries that were left of one of the kernel's tables. `sequenceAt`: the number of the one at a place; `stateOf`: the state, given what the table had for it. */
export function salvagedEntries(
  entries: readonly SalvagedEntry[],
  { key, state }: StateTypes,
  sequenceAt: (place: number) => number,
  stateOf: (kept: unknown) => unknown,
): DurableEntry[] {
  return entries.map((entry) => ({
    sequence: sequenceAt(entry.place),
    key: builtOf(key, [...entry.key]),
    value: stateOf(builtOf(state!, [...entry.leaves])),
    timeMs: entry.timeMs,
    touch: entry.touch,
  }));
}

/** A table of JavaScript values with these entries; `touches`: so many there ever were. */
export function loadedTable(
  entries: Iterable<DurableEntry>,
  tracksTouches: boolean,
  touches: number,
): StateTable<unknown> {
  const table = new StateTable<unknown>({ tracksTouches });
  table.load(entries, touches);
  return table;
}

/** Pairs, in order of insertion, as entries. Without touches they have the order of insertion. */
export function entriesOf(
  pairs: ReadonlyArray<readonly [unknown, unknown]>,
  sequences: Float64Array,
  touches: Touches | undefined,
): DurableEntry[] {
  return pairs.map(([key, value], i) => ({
    sequence: sequences[i]!,
    key,
    value,
    timeMs: touches ? touches.times[i]! : 0,
    touch: touches ? touches.places[i]! : i,
  }));
}

/** The last touch of each key of one of the kernel's tables, in order of insertion; undefined where touches do not count. */
export function lastTouches(table: KernelStateTable): Touches | undefined {
  return table.spec.tracksTouches ? table.history.allTouches(table.idle(Number.POSITIVE_INFINITY)) : undefined;
}

/** A table that has taken all that another one has, has its history, too. */
export function inheritHistory(table: KernelStateTable, from: KernelStateTable): void {
  table.history.adopt(from.history.sequences(), lastTouches(from), from.history.touches);
}

/** What tables of JavaScript values have, as what is saved of them. */
export function piecesOf(tables: ReadonlyArray<StateTable<unknown>>): EntryColumns[][] {
  return tables.map((table) => {
    const all = [...table.values()];
    const pieces: EntryColumns[] = [];
    for (let at = 0; at < all.length; at += PIECE_ENTRIES) {
      const entries = all.slice(at, at + PIECE_ENTRIES);
      const numbers = (of: (entry: StateEntry<unknown>) => number) => Float64Array.from(entries, of);
      pieces.push({
        sequences: numbers(({ sequence }) => sequence),
        times: numbers(({ timeMs }) => timeMs),
        touches: numbers(({ touch }) => touch),
        keys: entries.map(({ key }) => key),
        values: entries.map(({ state }) => state),
      });
    }
    return pieces;
  });
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

/** What was compiled, or the error that leaves it to JavaScript. */
export function needed<T extends object>(value: T | Refusal): T {
  if ("ok" in value && value.ok === false) throw bail(`The kernel ${value.reason}.`);
  return value as T;
}
