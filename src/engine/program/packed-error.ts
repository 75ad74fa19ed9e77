import * as errors from "../../errors.js";
import { isError, MillraceError, messageOf } from "../../errors.js";

/** An error as it goes from one thread to another. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of errors of the library. */
  readonly code?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Properties of its own that can be copied. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly cause?: PackedValue;
}
type PackedValue = { readonly error: PackedError } | { readonly value: unknown };

type ErrorClass = new (message: string) => Error;

const CAUSES_MAX = 8;
const STANDARD: readonly ErrorClass[] = [
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
];

/** What was thrown, with its causes; what cannot be copied of it is left out, or there as text. Never throws. */
export function packError(error: unknown): PackedError {
  const packed = pack(error, CAUSES_MAX);
  return "error" in packed
    ? packed.error
    : { name: "Error", message: messageOf(error), stack: undefined, properties: {} };
}

/** The error again: of the library's class or a standard one of its name, otherwise an `Error` with that name. */
export function unpackError({ name, message, stack, code, details, properties, cause }: PackedError): Error {
  const unpacked = cause && ("error" in cause ? unpackError(cause.error) : cause.value);
  const error = code === undefined ? standardError(name, message) : ofLibrary(name, message, code, details);
  if (cause) Object.defineProperty(error, "cause", { value: unpacked, configurable: true, writable: true });
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, properties);
}

function pack(thrown: unknown, causesMax: number): PackedValue {
  if (!isError(thrown)) return { value: copied(thrown) };
  try {
    return packed(thrown, causesMax);
  } catch {
    // An error that cannot be read.
    return { value: messageOf(thrown) };
  }
}

function packed(thrown: Error, causesMax: number): PackedValue {
  const isOurs = thrown instanceof MillraceError;
  const own = Object.entries(thrown).filter(([key]) => !(isOurs && ["name", "code", "details"].includes(key)));
  return {
    error: {
      name: String(thrown.name),
      message: String(thrown.message),
      stack: typeof thrown.stack === "string" ? thrown.stack : undefined,
      ...(isOurs && { code: thrown.code, details: copiedEach(Object.entries(thrown.details)) }),
      properties: copiedEach(own),
      ...("cause" in thrown && causesMax > 0 && { cause: pack(thrown.cause, causesMax - 1) }),
    },
  };
}

function copiedEach(entries: ReadonlyArray<[string, unknown]>): Record<string, unknown> {
  return Object.fromEntries(entries.map(([key, value]) => [key, copied(value)]));
}

function copied(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return messageOf(value);
  }
}

function standardError(name: string, message: string): Error {
  const Class = STANDARD.find((each) => each.name === name) ?? Error;
  const error = new Class(message);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  return error;
}

function ofLibrary(name: string, message: string, code: string, details = {}): Error {
  const Class = (errors as unknown as Record<string, typeof MillraceError>)[name] ?? MillraceError;
  return new Class(message, { code, details });
}
