/** What was saved of a `mapWithState` on its way into the kernel: columns, which become no entries on the JavaScript heap. */
import { encodePairs, typeOfPairsOf } from "../block/row-encoder.js";
import { leavesOf, NUMBER, type RowType } from "../block/row-type.js";
import type { Kernel } from "../kernel/kernel.js";
import { bail } from "../kernel/program.js";
import type { KernelStateTable } from "../kernel/state-table.js";
import { needLowering } from "../lowering/door.js";
import type { EntryColumn, EntryColumns, SavedState } from "../plan/durable-state.js";
import { needed } from "./mapping-rows.js";
import type { MappingTables } from "./mapping-tables.js";

/** Puts what was saved into tables that have nothing, with its history. **Errors:** `KernelError` "bail" where the kernel has no such keys or states. */
export function restoreTables(tables: MappingTables, kernel: Kernel, saved: SavedState["partitions"]): void {
  const { typesOfPairs, putProgram } = needLowering().statePrograms;
  const pairs = typeOfAll(saved.flat(), ({ keys, values }) => typeOfPairsOf(keys, values));
  const leaves = leavesOf((pairs as Extract<RowType, { kind: "tuple" }>).items[1]!);
  const areMixed = leaves.some(({ tags }) => (tags & NUMBER.tags) !== 0 && tags !== NUMBER.tags);
  const types = typesOfPairs(pairs, undefined, tables.tracksTouches || areMixed);
  if (types === undefined) throw bail("Keys or states are of several shapes.");
  tables.fit(kernel, types, saved.map(countOf));
  const program = needed(putProgram(pairs, types));
  for (const [partition, pieces] of saved.entries()) {
    const table = tables.all[partition]!;
    table.begin(0);
    tables.put(kernel, table, program, (run) => {
      for (const { keys, values } of pieces) {
        const frame = encodePairs(pairs, keys, values, kernel);
        if (frame === undefined) throw bail("A state is none that the kernel has.");
        try {
          run.runFrame(frame.ptr);
        } finally {
          kernel.memory.free(frame.ptr);
        }
      }
    });
    table.commit();
    restoreHistory(table, pieces);
  }
}

/** The type of what all pieces have. **Errors:** `KernelError` "bail" where they have none. */
export function typeOfAll(
  pieces: readonly EntryColumns[],
  typeOf: (piece: EntryColumns) => RowType | undefined,
): RowType {
  let all: RowType | undefined;
  for (const piece of pieces) {
    const type = typeOf(piece);
    all = type && (all ? needLowering().statePrograms.unionOf(all, type) : type);
    if (all === undefined) break;
  }
  if (all === undefined) throw bail("Keys or states are none that the kernel has, or of several shapes.");
  return all;
}

/** A table that has taken all entries of some pieces has their history, too. **Errors:** "bail" where it has told keys apart in another way. */
export function restoreHistory(table: KernelStateTable, pieces: readonly EntryColumns[]): void {
  const count = countOf(pieces);
  if (table.count !== count || table.entries !== count) throw bail("The kernel tells these keys apart in another way.");
  const all = (of: (piece: EntryColumns) => Float64Array) => {
    const numbers = new Float64Array(count);
    let at = 0;
    for (const piece of pieces) {
      numbers.set(of(piece), at);
      at += piece.sequences.length;
    }
    return numbers;
  };
  const places = all(({ touches }) => touches);
  const touches = places.reduce((most, place) => Math.max(most, place + 1), 0);
  const last = { times: all(({ times }) => times), places };
  table.history.adopt(
    all(({ sequences }) => sequences),
    last,
    touches,
  );
}

function countOf(pieces: readonly EntryColumns[]): number {
  return pieces.reduce((sum, { sequences }) => sum + sequences.length, 0);
}

/** A column as rows. */
export function rowsOfColumn(column: EntryColumn): readonly unknown[] {
  return column instanceof Float64Array ? Array.from(column) : column;
}
