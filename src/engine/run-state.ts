import { columnKinds } from "../block/row-type.js";
import { ASSISTS } from "../kernel/assist.js";
import { CollectSink } from "../kernel/collect-sink.js";
import type { FinishedBlock } from "../kernel/frame.js";
import { GroupSink } from "../kernel/group-sink.js";
import type { Kernel } from "../kernel/kernel.js";
import { type KernelProgram, ProgramRun, type ProgramState } from "../kernel/program.js";
import { RowIndex } from "../kernel/row-index.js";
import { lookUpStates } from "./look-up-states.js";
import { withRegion, withRegions } from "./regions.js";
import type { CollectingProgram, GroupingProgram, KernelInput, SparseWork, StateWork, TaskPort } from "./task.js";

/** Where there are so many times as many keys as new records, those that have none are not grouped. */
const SPARSE_KEYS_MIN = 4;

/**
 * Sealed frames with the next version of one partition of a state, keys in the order in which they came. They belong to the caller.
 *
 * **Cost:** while it runs, a table of all keys and what their state is made of; where few have records, of those alone, and two look-ups for each key there is.
 * **Errors:** as `GroupSink` and `ProgramRun`.
 */
export function updatedState(work: StateWork, inputs: readonly KernelInput[], port: TaskPort): FinishedBlock[] {
  const { befores, sparse } = work;
  const [known, news] = [inputs.slice(0, befores), inputs.slice(befores)];
  const records = rowsIn(news);
  if (sparse && records > 0 && rowsIn(known) >= SPARSE_KEYS_MIN * records) {
    return withRegions(inputs, port, (frames) =>
      updatedFew(port.kernel, work, sparse, frames.slice(0, befores), frames.slice(befores), records),
    );
  }
  return updatedAll(work, known, news, port);
}

function rowsIn(inputs: readonly KernelInput[]): number {
  return inputs.reduce((sum, input) => sum + (input.kind === "frame" ? input.rows : 0), 0);
}

/** All keys are grouped, those of the version before first. */
function updatedAll(
  { before, records, grouped, keysExpected, after }: StateWork,
  known: readonly KernelInput[],
  news: readonly KernelInput[],
  port: TaskPort,
): FinishedBlock[] {
  const { kernel } = port;
  const first = before ?? records;
  if (first === undefined) return [];
  const groups = new GroupSink(kernel, first.spec, first.instruction, { keysExpected });
  try {
    const bring = (grouping: GroupingProgram | undefined, blocks: readonly KernelInput[]) => {
      if (grouping === undefined || blocks.length === 0) return;
      group(kernel, groups, grouping, undefined, (run) => {
        for (const block of blocks) withRegion(block, port, (ptr) => run.runFrame(ptr));
      });
    };
    bring(before, known);
    bring(records, news);
    if (groups.count === 0) return [];
    const rows = groups.finish(1, columnKinds(grouped));
    if (after === undefined) return rows;
    return using(kernel, rows, () =>
      collect(kernel, after, undefined, (run) => {
        for (const { ptr } of rows) run.runFrame(ptr);
      }),
    );
  } finally {
    groups.free();
  }
}

/**
 * The keys that have records are grouped. Then all keys go by in their order: those that were grouped get what came of that, new ones follow at the end.
 * What a key without records becomes is computed from its state alone.
 */
function updatedFew(
  kernel: Kernel,
  { records, grouped }: StateWork,
  sparse: SparseWork,
  known: readonly number[],
  news: readonly number[],
  keysExpected: number,
): FinishedBlock[] {
  const runAll = (run: ProgramRun) => {
    for (const ptr of known) run.runFrame(ptr);
  };
  const { before, merged, fresh } = sparse;
  const groups = new GroupSink(kernel, before.spec, before.instruction, { keysExpected });
  let rows: FinishedBlock[];
  let touched: number;
  try {
    withTable(kernel, news, (table) => group(kernel, groups, before, table, runAll));
    touched = groups.count;
    group(kernel, groups, records!, undefined, (run) => {
      for (const ptr of news) run.runFrame(ptr);
    });
    rows = groups.finish(1, columnKinds(grouped));
  } finally {
    groups.free();
  }
  return using(kernel, rows, () => {
    const [only] = rows as [FinishedBlock];
    const made = withTable(kernel, [only.ptr], (table) => collect(kernel, merged, table, runAll));
    try {
      return [...made, ...collect(kernel, fresh, undefined, (run) => run.runFrame(only.ptr, touched))];
    } catch (error) {
      for (const { ptr } of made) kernel.memory.free(ptr);
      throw error;
    }
  });
}

/** Calls `use` with an index of rows by their first column. */
function withTable<R>(kernel: Kernel, frames: readonly number[], use: (table: RowIndex) => R): R {
  const table = new RowIndex(kernel, { sides: [{ frames, keys: [0] }], isScalarKey: true });
  try {
    return use(table);
  } finally {
    table.free();
  }
}

/** Brings rows into groups, which outlive the program that does it. */
function group(
  kernel: Kernel,
  groups: GroupSink,
  { program, spec, instruction }: GroupingProgram,
  table: RowIndex | undefined,
  feed: (run: ProgramRun) => void,
): void {
  groups.readFrom(spec);
  const sink: ProgramState = {
    instruction,
    statePtr: groups.statePtr,
    serve: (need) => groups.serve(need),
    free: () => {},
  };
  running(kernel, program, sink, table, feed);
}

function collect(
  kernel: Kernel,
  { program, options }: CollectingProgram,
  table: RowIndex | undefined,
  feed: (run: ProgramRun) => void,
): FinishedBlock[] {
  const sink = new CollectSink(kernel, options);
  return running(kernel, program, sink, table, (run) => {
    feed(run);
    return sink.finish()[0]!;
  });
}

/** Calls `use` with a run of a program, whose sink is given up with it. */
function running<R>(
  kernel: Kernel,
  program: KernelProgram,
  sink: ProgramState,
  table: RowIndex | undefined,
  use: (run: ProgramRun) => R,
): R {
  const tables = (program.tables ?? []).map((instruction): ProgramState => {
    return { instruction, statePtr: table!.ptr, serve: () => {}, free: () => {} };
  });
  const run = new ProgramRun(kernel, program, [sink, ...tables, ...lookUpStates(kernel, program)], ASSISTS);
  try {
    return use(run);
  } finally {
    run.free();
  }
}

/** Calls `use`, then gives up frames. */
function using<R>(kernel: Kernel, frames: readonly FinishedBlock[], use: () => R): R {
  try {
    return use();
  } finally {
    for (const { ptr } of frames) kernel.memory.free(ptr);
  }
}
