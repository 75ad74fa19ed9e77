import type { InputBlock } from "../block/block.js";
import { decodeLines } from "../block/decode.js";
import { decodeFrame } from "../block/row-decoder.js";
import { type FusedStep, fuseSteps, isFusible } from "../operators/fused.js";
import type { Sink, TaskControl } from "../plan/operator.js";
import type { NarrowStep } from "../plan/partition-plan.js";
import { addressOf, homeOf } from "./live-blocks.js";
import type { RowsPlan, RowsTask, TaskPort } from "./task.js";

/** Runs closures over rows decoded on demand: operators are fused, each row goes through all of them before the next one. */
export function runRows<R>(task: RowsTask<R>, port: TaskPort): R {
  const control: TaskControl = { done: false, batch: task.batch };
  const sink = task.open(control);
  feed(task.plan, sink, control, port, task.rowsWanted);
  sink.end();
  return sink.result();
}

/** Pushes the rows of a plan into `target`, whose end is left to the caller: a target may take several plans. */
function feed(plan: RowsPlan, target: Sink, control: TaskControl, port: TaskPort, rowsWanted?: number): void {
  if (plan.steps.length === 0) {
    feedInputs(plan.inputs, target, control, port, rowsWanted);
    return;
  }
  const first = fuse(plan.steps, { push: target.push, end: () => {} }, control);
  feedInputs(plan.inputs, first, control, port, rowsWanted);
  first.end();
}

/** The steps as one sink: those that are one call for each row put together, the others connected. */
function fuse(steps: readonly NarrowStep[], target: Sink, control: TaskControl): Sink {
  let sink = target;
  for (let end = steps.length; end > 0; ) {
    const fused: FusedStep[] = [];
    let begin = end;
    for (; begin > 0; begin--) {
      const { operator } = steps[begin - 1]!;
      if (!isFusible(operator)) break;
      fused.unshift(operator.fusedStep());
    }
    if (fused.length > 0) sink = fuseSteps(fused, sink, control);
    else {
      const { operator, partition } = steps[--begin]!;
      sink = operator.connect(sink, control, partition);
    }
    end = begin;
  }
  return sink;
}

function feedInputs(
  inputs: RowsPlan["inputs"],
  target: Sink,
  control: TaskControl,
  port: TaskPort,
  rowsWanted: number | undefined,
): void {
  const { push } = target;
  for (const input of inputs) {
    if (control.done) return;
    if ("steps" in input) feed(input, target, control, port, rowsWanted);
    else {
      for (const rows of piecesOf(input, port, rowsWanted)) {
        for (let i = 0; i < rows.length && !control.done; i++) push(rows[i]);
        if (control.done) return;
      }
    }
  }
}

function piecesOf(input: InputBlock, port: TaskPort, rowsWanted?: number): Iterable<readonly unknown[]> {
  if (input.kind === "rows") return [input.rows];
  const memory = port.memoryOf(homeOf(input));
  const ptr = addressOf(input);
  return input.kind === "slice"
    ? decodeLines(memory, ptr, input.bytes)
    : decodeFrame(input.type, memory, ptr, input.rows, rowsWanted);
}
