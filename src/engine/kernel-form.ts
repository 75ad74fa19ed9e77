import type { FrameBlock, InputBlock } from "../block/block.js";
import { EncodedRows, rowCountOf } from "../block/encoded-rows.js";
import type { KernelShape, ShuffleOperator } from "../plan/operator.js";
import type { PartitionPlan } from "../plan/partition-plan.js";
import type { BatchScope } from "../plan/scope.js";
import { sliceOf } from "./cut.js";
import type { LocalEngine } from "./local-engine.js";
import type { KernelInput } from "./task.js";

/** Where whole lines are cut. */
export const LINE_END = 10;
/** A key in text has at least this many bytes, its separator with it. */
const KEY_BYTES_MIN = 2;

/** How far the steps of a plan can run in the kernel. */
export interface KernelForm {
  /** Of the rows there. */
  readonly shape: KernelShape;
  /** The number of steps that can. */
  readonly prefix: number;
  readonly inputs: readonly KernelInput[];
}

/** The kernel form of a plan whose base is `blocks`; undefined where these rows cannot be read by the kernel. */
export function kernelForm(
  { steps }: PartitionPlan,
  blocks: readonly InputBlock[],
  engine: LocalEngine,
  scope: BatchScope,
): KernelForm | undefined {
  if (!engine.lowering) return undefined;
  const inputs = kernelInputs(blocks, engine, scope);
  if (inputs === undefined) return undefined;
  let shape: KernelShape = inputs[0]?.kind === "frame" ? { kind: "pairs" } : { kind: "text" };
  let prefix = 0;
  for (const { operator } of steps) {
    const placement = operator.place(shape);
    if (placement.runs !== "kernel") break;
    shape = placement.shape;
    prefix += 1;
    if (shape.kind === "count") break;
  }
  return { shape, prefix, inputs };
}

function kernelInputs(
  blocks: readonly InputBlock[],
  engine: LocalEngine,
  scope: BatchScope,
): KernelInput[] | undefined {
  const inputs: KernelInput[] = [];
  for (const block of blocks) {
    if (block.kind !== "rows") inputs.push(block);
    else if (rowCountOf(block) > 0) {
      // Bytes of closures' rows go on as they are.
      if (block instanceof EncodedRows) return undefined;
      // The first row tells most of what cannot be text, before anything is joined.
      if (typeof block.rows[0] !== "string") return undefined;
      const text = engine.encode(block, scope);
      if (text === undefined) return undefined;
      inputs.push(sliceOf(text));
    }
  }
  const isMixed = inputs.some(({ kind }) => kind !== inputs[0]!.kind);
  return isMixed ? undefined : inputs;
}

/** Where a kernel program cuts text of this shape, and the value that it gives each piece. */
export function cutting(shape: KernelShape): { separator: number; value: number } {
  if (shape.kind !== "text") return { separator: LINE_END, value: 0 };
  return { separator: shape.separator ?? LINE_END, value: shape.value ?? 0 };
}

/** No more keys than this can be in the inputs. */
function mostKeys(inputs: readonly KernelInput[]): number {
  return inputs.reduce((sum, input) => sum + (input.kind === "frame" ? input.rows : input.bytes / KEY_BYTES_MIN), 0);
}

/** Keys in the largest map task of a shuffle's last batch: the next one will have about as many. */
const keysSeen = new WeakMap<ShuffleOperator, number>();

/** About how many keys a map task will find. */
export function keysExpected(operator: ShuffleOperator, inputs: readonly KernelInput[]): number {
  return Math.min(keysSeen.get(operator) ?? 0, mostKeys(inputs));
}

/** Keeps the number of keys that map tasks found for the next batch. */
export function rememberKeys(operator: ShuffleOperator, outputs: ReadonlyArray<readonly FrameBlock[]>): void {
  const rows = outputs.map((blocks) => blocks.reduce((sum, block) => sum + block.rows, 0));
  keysSeen.set(operator, Math.max(0, ...rows));
}
