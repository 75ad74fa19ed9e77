/**
 * A sketch: a small summary of many values, of known error, that merges. While a task runs it is an object; in rows, windows and checkpoints it is bytes,
 * which begin with a head of 8 bytes. All numbers are little-endian.
 *
 *     magic "mskt" 4 bytes | kind u8 | version u8 | parameter u16 | what the kind says in its own file
 */
import { ConfigError, StateError } from "../errors.js";
import type { SketchForm } from "../kernel/group-spec.js";

export interface Sketch<R> {
  /** Takes one more value in. */
  add(value: unknown): void;
  /** Takes in what other values have made; `bytes` are left as they are. **Errors:** `StateError` "invalid-sketch". */
  merge(bytes: Uint8Array): void;
  /** **Ownership:** the caller's. */
  toBytes(): Uint8Array;
  result(): R;
}

/** A kind of sketch with its parameters. */
export interface SketchKind<R> {
  /** For `explain()`. */
  readonly algorithm: string;
  /** What tells it from others of its algorithm. */
  readonly parameters: readonly string[];
  make(): Sketch<R>;
  /** What the kernel has to know of it, where it has it. */
  readonly form?: SketchForm;
  /** Its values are numbers, and nothing else. */
  readonly isOfNumbers?: boolean;
}

export const HEAD_BYTES = 8;
const MAGIC = 0x746b736d;
/** As assembly/sketches/layout.ts has them. */
const PARAMETER_BYTES = 32;
const PARAMETER_CANONICAL = 24;

export interface Head {
  readonly kind: number;
  readonly version: number;
  /** 16 bits. */
  readonly parameter: number;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes that begin with a head, and are zero after it. */
export function withHead(head: Head, byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  const view = viewOf(bytes);
  view.setUint32(0, MAGIC, true);
  bytes[4] = head.kind;
  bytes[5] = head.version;
  view.setUint16(6, head.parameter, true);
  return bytes;
}

/** The kernel's form of sketches with this head: `words` and `numbers` are what their kind says. */
export function formOf(
  head: Head,
  words: readonly number[],
  { numbers = [], roomBytes = 0 }: { numbers?: readonly number[]; roomBytes?: number } = {},
): SketchForm {
  const parameters = withHead(head, PARAMETER_BYTES);
  const view = viewOf(parameters);
  for (const [i, word] of words.entries()) view.setUint32(HEAD_BYTES + 4 * i, word, true);
  for (const [i, number] of numbers.entries()) view.setFloat64(2 * HEAD_BYTES + 8 * i, number, true);
  return { parameters, roomBytes };
}

/** The same for values that the kernel is given as canonical strings (src/block/key.ts): of a kind that hashes its values. */
export function ofCanonicalStrings({ parameters, roomBytes }: SketchForm): SketchForm {
  const canonical = parameters.slice();
  viewOf(canonical).setUint32(PARAMETER_CANONICAL, 1, true);
  return { parameters: canonical, roomBytes };
}

/** Throws a `StateError` "invalid-sketch" where bytes do not begin with this head. */
export function checkHead(bytes: Uint8Array, head: Head): void {
  const view = bytes.length >= HEAD_BYTES ? viewOf(bytes) : undefined;
  const got = view && { kind: bytes[4], version: bytes[5], parameter: view.getUint16(6, true) };
  if (view?.getUint32(0, true) !== MAGIC || got?.kind !== head.kind || got.version !== head.version) {
    throw invalid("The bytes are no sketch of this kind and version", { expected: head, got });
  }
  if (got.parameter !== head.parameter)
    throw invalid("Sketches merge where their parameters are the same", { expected: head, got });
}

/** The error of bytes that a sketch cannot have made. */
export function invalid(subject: string, details: Record<string, unknown>): StateError {
  return new StateError(`${subject}: merge what the same version made with the same options.`, {
    code: "invalid-sketch",
    details,
  });
}

/** Throws a `ConfigError` "invalid-option" where an option is not a number, whole if asked for, from `least` to `most`. */
export function checkNumber(
  subject: string,
  value: unknown,
  { least, most, isWhole = false }: { least: number; most: number; isWhole?: boolean },
): void {
  if (typeof value === "number" && value >= least && value <= most && (!isWhole || Number.isInteger(value))) return;
  throw new ConfigError(
    `${subject} must be a ${isWhole ? "whole number" : "number"} from ${least} to ${most}, got ${String(value)}.`,
    { code: "invalid-option", details: { subject, got: value } },
  );
}
