import type { FrameBlock, InputBlock } from "../block/block.js";
import { decodeRows, encodeRows } from "../block/codec.js";
import type { RowType } from "../block/row-type.js";
import { sliceOf } from "../engine/cut.js";
import type { LocalEngine } from "../engine/local-engine.js";
import { SourceError } from "../errors.js";
import { verifyFrame } from "../kernel/frame.js";
import type { SourceDataset } from "../plan/dataset.js";
import type { BatchScope } from "../plan/scope.js";
import { LineBuffer } from "./line-buffer.js";

/** A block on its way: text, rows of the row codec, or columns. */
type Packed =
  | readonly [kind: "text", bytes: Uint8Array]
  | readonly [kind: "rows", bytes: Uint8Array]
  | readonly [kind: "frame", bytes: Uint8Array, type: RowType, rows: number];

/**
 * What the partitions of a batch hold, as values of the row codec, for a plan. Throws where a row has no bytes: a `PlanError` "unsupported-value".
 */
export function packPartitions(partitions: ReadonlyArray<readonly InputBlock[]>, engine: LocalEngine): Packed[][] {
  return partitions.map((blocks) => blocks.map((block) => packed(block, engine)));
}

/** The same partitions again, their blocks in the memory of the host's thread, where they belong to `scope`. */
export function unpackPartitions(took: unknown, scope: BatchScope, engine: LocalEngine): SourceDataset {
  const partitions = (took as Packed[][]).map((blocks) => blocks.flatMap((each) => unpacked(each, scope, engine)));
  return { kind: "source", scope, partitions };
}

/** Columns as values of the row codec. */
export function packFrames(frames: readonly FrameBlock[], engine: LocalEngine): unknown[] {
  return frames.map((frame) => packed(frame, engine));
}

/** The same columns again, in the memory of the host's thread; nobody owns them yet. */
export function unpackFrames(given: readonly unknown[], engine: LocalEngine): FrameBlock[] {
  return (given as ReadonlyArray<Extract<Packed, readonly ["frame", ...unknown[]]>>).map(([, bytes, type, rows]) =>
    frameOf(bytes, type, rows, engine),
  );
}

function packed(block: InputBlock, { threads }: LocalEngine): Packed {
  if (block.kind === "rows") return ["rows", encodeRows(block.rows)];
  if (block.kind === "frame") {
    return ["frame", threads.memoryOf(block.home).copyOut(block.ptr, block.bytes), block.type, block.rows];
  }
  const { home, ptr } = block.block;
  return ["text", threads.memoryOf(home).copyOut(ptr + block.offset, block.bytes)];
}

function unpacked(given: Packed, scope: BatchScope, engine: LocalEngine): InputBlock[] {
  const [kind, bytes] = given;
  if (kind === "rows") return [{ kind: "rows", rows: decodeRows(bytes) }];
  if (kind === "text") return textOf(bytes, scope, engine);
  const [, , type, rows] = given;
  const frame = frameOf(bytes, type, rows, engine);
  scope.own(frame);
  return [frame];
}

function textOf(bytes: Uint8Array, scope: BatchScope, { threads }: LocalEngine): InputBlock[] {
  const lines = new LineBuffer(threads);
  try {
    lines.append(bytes);
    const blocks = lines.seal();
    for (const block of blocks) scope.own(block);
    return blocks.map(sliceOf);
  } finally {
    lines.free();
  }
}

function frameOf(bytes: Uint8Array, type: RowType, rows: number, { threads }: LocalEngine): FrameBlock {
  const { kernel } = threads;
  const ptr = kernel.memory.allocate(bytes.length);
  kernel.memory.copyIn(ptr, bytes);
  const block: FrameBlock = { kind: "frame", type, home: 0, ptr, bytes: bytes.length, rows };
  if (!verifyFrame(kernel, ptr, block)) {
    kernel.memory.free(ptr);
    throw new SourceError(
      "A plan must hold columns as they were received, and these are damaged: restore the store from a copy.",
      {
        code: "damaged-rows",
        details: { rows, bytes: bytes.length },
      },
    );
  }
  threads.blocks.add(block);
  return block;
}
