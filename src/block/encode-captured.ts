import type { FinishedBlock } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import { encodeFrame, encodeTyped } from "./row-encoder.js";
import { type RowType, type ScalarType, STRING, UNDEFINED } from "./row-type.js";

/** A `Map` or `Set` as a frame for look-ups: its keys are the first column, the values of a map the ones behind. */
export interface EncodedCaptured {
  readonly key: ScalarType;
  /** Undefined for a set. */
  readonly value: RowType | undefined;
  /** Belongs to the caller. */
  readonly frame: FinishedBlock;
}

/**
 * The frame of a map or set that a function has captured; undefined where a key is no scalar, which a map tells apart by identity, or the values have
 * no type.
 */
export function encodeCaptured(
  captured: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>,
  kernel: Kernel,
): EncodedCaptured | undefined {
  const isMap = captured instanceof Map;
  if (captured.size === 0) {
    const items = isMap ? [STRING, UNDEFINED] : [STRING];
    const frame = encodeFrame({ kind: "tuple", items }, [], kernel);
    return frame && { key: STRING, value: isMap ? UNDEFINED : undefined, frame };
  }
  const rows = isMap ? [...captured] : Array.from(captured.keys(), (key) => [key]);
  const encoded = encodeTyped(rows, kernel);
  if (encoded === undefined) return undefined;
  const { type, frame } = encoded;
  const [key, value] = type.kind === "tuple" ? type.items : [];
  if (key?.kind === "scalar") return { key, value, frame };
  kernel.memory.free(frame.ptr);
  return undefined;
}
