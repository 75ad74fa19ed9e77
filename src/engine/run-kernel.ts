import type { FrameBlock } from "../block/block.js";
import { columnKinds, type RowType } from "../block/row-type.js";
import { ASSISTS } from "../kernel/assist.js";
import { CollectSink } from "../kernel/collect-sink.js";
import { FirstSink } from "../kernel/first-sink.js";
import type { FinishedBlock } from "../kernel/frame.js";
import { frameChanges } from "../kernel/frame-changes.js";
import { GroupSink } from "../kernel/group-sink.js";
import { isTrap } from "../kernel/kernel.js";
import { ProgramRun } from "../kernel/program.js";
import { SampleState } from "../kernel/sample-state.js";
import { SumTable } from "../kernel/sum-table.js";
import { lookUpStates } from "./look-up-states.js";
import { overText, withRegion, withRegions } from "./regions.js";
import { joinedFrames, listedFrames } from "./run-join.js";
import { inOrder, mergedFrames } from "./run-order.js";
import { slidValues } from "./run-slide.js";
import { updatedState } from "./run-state.js";
import type { KernelInput, KernelResult, KernelWork, StateWork, TaskPort } from "./task.js";

/** Runs kernel work over its inputs, in order. Ownership and errors as of `runTask`. */
export function runKernel(work: KernelWork, inputs: readonly KernelInput[], port: TaskPort): KernelResult {
  switch (work.op) {
    case "count-words":
      return countWords(work.separator, inputs, port);
    case "sum-words":
      return sumWords(work, inputs, port);
    case "program":
      return runProgram(work, inputs, port);
    case "join":
      return overAll(inputs, port, work.type, (frames) => [joinedFrames(port.kernel, work, frames)]);
    case "lists":
      return overAll(inputs, port, work.type, (frames) => [listedFrames(port.kernel, work, frames)]);
    case "merge-ordered":
      return overAll(inputs, port, work.type, (frames) => [mergedFrames(port.kernel, work, frames)]);
    case "update-state":
      return versionOf(work, inputs, updatedState(work, inputs, port), port);
    case "slide":
      return versionOf(work, inputs, slidValues(work, inputs, port), port);
  }
}

function countWords(separator: number, inputs: readonly KernelInput[], port: TaskPort): KernelResult {
  let count = 0;
  for (const input of inputs) {
    overText(input, port, (ptr, bytes) => {
      count += port.kernel.call("tokenizeCount", ptr, bytes, separator);
    });
  }
  return { kind: "count", count };
}

function sumWords(
  { separator, value, reducers, keysExpected, type }: Extract<KernelWork, { op: "sum-words" }>,
  inputs: readonly KernelInput[],
  port: TaskPort,
): KernelResult {
  const table = new SumTable(port.kernel, keysExpected);
  try {
    for (const input of inputs) {
      overText(input, port, (ptr, bytes) => table.updateText(ptr, bytes, separator, value));
    }
    return framesOf(
      table.finish(reducers).map((frame) => [frame]),
      type,
      port,
    );
  } finally {
    table.free();
  }
}

function runProgram(
  { program, seeds, sink }: Extract<KernelWork, { op: "program" }>,
  inputs: readonly KernelInput[],
  port: TaskPort,
): KernelResult {
  const { kernel } = port;
  const group =
    sink.kind === "group"
      ? new GroupSink(kernel, sink.spec, sink.instruction, { keysExpected: sink.keysExpected })
      : undefined;
  const isCollected = sink.kind === "rows" || sink.kind === "ordered";
  const rows = isCollected ? new CollectSink(kernel, sink.options) : undefined;
  const first = sink.kind === "first" ? new FirstSink(kernel, sink.options) : undefined;
  const sinks = [group, rows, first].filter((state) => state !== undefined);
  const samples = (program.samples ?? []).map((instruction, i) => new SampleState(kernel, instruction, seeds[i]!));
  const run = new ProgramRun(kernel, program, [...sinks, ...samples, ...lookUpStates(kernel, program)], ASSISTS);
  try {
    for (const input of inputs) {
      if (input.kind === "slice") overText(input, port, (ptr, bytes) => run.runLines(ptr, bytes));
      else withRegion(input, port, (ptr) => run.runFrame(ptr));
    }
    const { rejected } = run;
    if (sink.kind === "count") return { kind: "count", count: run.counted, ...(rejected && { rejected }) };
    const partitions = group
      ? group.finish(sink.kind === "group" ? sink.reducers : 1, columnKinds(sink.type)).map((frame) => [frame])
      : first
        ? [first.finish()]
        : sink.kind === "ordered"
          ? [inOrder(kernel, rows!.finish()[0]!, sink)]
          : rows!.finish();
    return { ...framesOf(partitions, sink.type, port), ...(rejected && { rejected }) };
  } finally {
    run.free();
  }
}

/** Calls `make`, which gives the frames of each partition, with the addresses of all inputs at once. */
function overAll(
  inputs: readonly KernelInput[],
  port: TaskPort,
  type: RowType,
  make: (frames: readonly number[]) => FinishedBlock[][],
): KernelResult {
  return framesOf(withRegions(inputs, port, make), type, port);
}

/** A version of a state, and what it changes where that is wanted. */
function versionOf(
  { befores, compared, type }: Pick<StateWork, "befores" | "compared" | "type">,
  inputs: readonly KernelInput[],
  made: readonly FinishedBlock[],
  port: TaskPort,
): KernelResult {
  if (compared === undefined) return framesOf([made], type, port);
  const { kernel } = port;
  try {
    const known = compared.isAlike ? inputs.slice(0, befores) : [];
    const changes = withRegions(known, port, (frames) => frameChanges(kernel, frames, made, compared));
    const { gone, places, frames } = changes;
    return { ...framesOf([made, frames], type, port), changed: { gone, places } };
  } catch (error) {
    if (!isTrap(error)) for (const { ptr } of made) kernel.memory.free(ptr);
    throw error;
  }
}

function framesOf(
  partitions: ReadonlyArray<readonly FinishedBlock[]>,
  type: RowType,
  port: TaskPort,
): Extract<KernelResult, { kind: "frames" }> {
  return {
    kind: "frames",
    partitions: partitions.map((frames) =>
      frames.map((frame): FrameBlock => ({ kind: "frame", type, home: port.thread, ...frame })),
    ),
  };
}
