import { columnKinds } from "../block/row-type.js";
import { ASSISTS } from "../kernel/assist.js";
import { CollectSink } from "../kernel/collect-sink.js";
import type { FinishedBlock } from "../kernel/frame.js";
import { GroupSink } from "../kernel/group-sink.js";
import type { Kernel } from "../kernel/kernel.js";
import { ProgramRun, type ProgramState } from "../kernel/program.js";
import { lookUpStates } from "./look-up-states.js";
import type { GroupingProgram, KernelInput, StateWork, TaskPort } from "./task.js";

/** Calls `use` with an address of an input in the memory of this thread. */
type WithRegion = (input: KernelInput, port: TaskPort, use: (ptr: number) => void) => void;

/**
 * Sealed frames with the next version of one partition of a state, keys in the order in which they came. They belong to the caller.
 *
 * **Cost:** a table of all keys, and what their state is made of, while it runs. **Errors:** as `GroupSink` and `ProgramRun`.
 */
export function updatedState(
  work: StateWork,
  inputs: readonly KernelInput[],
  port: TaskPort,
  withRegion: WithRegion,
): FinishedBlock[] {
  const { kernel } = port;
  const { befores, before, records, grouped, keysExpected } = work;
  const known = before ?? records;
  if (known === undefined) return [];
  const groups = new GroupSink(kernel, known.spec, known.instruction, { keysExpected });
  try {
    const bring = (grouping: GroupingProgram | undefined, blocks: readonly KernelInput[]) => {
      if (grouping === undefined || blocks.length === 0) return;
      groups.readFrom(grouping.spec);
      const sink: ProgramState = {
        instruction: grouping.instruction,
        statePtr: groups.statePtr,
        serve: (need) => groups.serve(need),
        // The groups outlive this program.
        free: () => {},
      };
      const { program } = grouping;
      const run = new ProgramRun(kernel, program, [sink, ...lookUpStates(kernel, program)], ASSISTS);
      try {
        for (const block of blocks) withRegion(block, port, (ptr) => run.runFrame(ptr));
      } finally {
        run.free();
      }
    };
    bring(before, inputs.slice(0, befores));
    bring(records, inputs.slice(befores));
    if (groups.count === 0) return [];
    return made(kernel, groups.finish(1, columnKinds(grouped)), work);
  } finally {
    groups.free();
  }
}

/** The pairs that are made of the rows of the groups, which are given up. */
function made(kernel: Kernel, rows: readonly FinishedBlock[], { after }: StateWork): FinishedBlock[] {
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
