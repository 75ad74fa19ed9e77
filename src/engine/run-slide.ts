import { columnKinds } from "../block/row-type.js";
import { ASSISTS } from "../kernel/assist.js";
import { CollectSink } from "../kernel/collect-sink.js";
import type { FinishedBlock } from "../kernel/frame.js";
import { GroupSink } from "../kernel/group-sink.js";
import type { Kernel } from "../kernel/kernel.js";
import { bail, ProgramRun } from "../kernel/program.js";
import { lookUpStates } from "./look-up-states.js";
import { withRegion } from "./regions.js";
import type { GroupingProgram, KernelInput, SlideWork, TaskPort } from "./task.js";

/**
 * Sealed frames with the next running values of one partition of a window, keys in the order in which they came. They belong to the caller. Bails where a
 * key leaves that is not there: JavaScript says what is wrong.
 *
 * **Cost:** a table of all keys while it runs. **Errors:** as `GroupSink` and `ProgramRun`.
 */
export function slidValues(work: SlideWork, inputs: readonly KernelInput[], port: TaskPort): FinishedBlock[] {
  const { kernel } = port;
  const { befores, leavings, before, leaving, entering, grouped, keysExpected } = work;
  const first = before ?? leaving ?? entering;
  if (first === undefined) return [];
  const groups = new GroupSink(kernel, first.spec, first.instruction, { keysExpected });
  try {
    const bring = (grouping: GroupingProgram | undefined, blocks: readonly KernelInput[]) => {
      if (grouping === undefined || blocks.length === 0) return;
      const { program, spec, instruction } = grouping;
      groups.readFrom(spec);
      // The groups outlive the program.
      const sink = {
        instruction,
        statePtr: groups.statePtr,
        serve: (need: number) => groups.serve(need),
        free: () => {},
      };
      const run = new ProgramRun(kernel, program, [sink, ...lookUpStates(kernel, program)], ASSISTS);
      try {
        for (const block of blocks) withRegion(block, port, (ptr) => run.runFrame(ptr));
      } finally {
        run.free();
      }
    };
    bring(before, inputs.slice(0, befores));
    const known = groups.count;
    bring(leaving, inputs.slice(befores, befores + leavings));
    if (groups.count > known) throw bail("A key leaves that is not there.");
    bring(entering, inputs.slice(befores + leavings));
    if (groups.count === 0) return [];
    return filtered(kernel, groups.finish(1, columnKinds(grouped)), work);
  } finally {
    groups.free();
  }
}

/** The rows of the groups, which are given up where a filter chooses among them. */
function filtered(kernel: Kernel, rows: readonly FinishedBlock[], { after }: SlideWork): FinishedBlock[] {
  if (after === undefined) return [...rows];
  const { program, options } = after;
  try {
    const sink = new CollectSink(kernel, options);
    const run = new ProgramRun(kernel, program, [sink, ...lookUpStates(kernel, program)], ASSISTS);
    try {
      for (const { ptr } of rows) run.runFrame(ptr);
      return sink.finish()[0]!;
    } finally {
      run.free();
    }
  } finally {
    for (const { ptr } of rows) kernel.memory.free(ptr);
  }
}
