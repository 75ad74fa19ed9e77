import { ConfigError } from "../errors.js";
import { copyValue } from "./copy-value.js";
import type { Lambda, Row } from "./row.js";

/** What a captured lambda is made of once it is sealed: its own copy of the values, and the function made from them. */
export interface Sealed {
  readonly values: object;
  readonly factory: Lambda;
  readonly fn: Lambda;
}

interface Capture {
  seal(): Sealed;
  look(): Sealed;
  isSealed(): boolean;
}

const captures = new WeakMap<Lambda, Capture>();

/**
 * A lambda with the outside values it uses handed in by name, so that it can be lowered to the kernel, run in workers and be shipped:
 * `lines.flatMap(capture({ sep }, ({ sep }) => (line: string) => line.split(sep)))`. Values: primitives, arrays, plain objects,
 * `Map`, `Set` and `Broadcast`; copied, but for broadcasts, when the graph starts, or when the lambda is first called if that is earlier, so later changes
 * are not seen. The factory is run then, once.
 * **Limits**: values nest at most `VALUE_DEPTH_MAX` deep. Accessors are read and copied as plain properties.
 * **Errors**: `ConfigError` `capture-value` for any other value, here and at the copy; `capture-factory` when the factory is not a
 * function (here), or throws or returns none (at the copy).
 */
export function capture<V extends object, A extends unknown[], R extends Row>(
  values: V,
  factory: (values: V) => (...args: A) => R,
): (...args: A) => R {
  if (typeof factory !== "function") throw factoryError(`got ${typeof factory}`);
  if (typeof values !== "object" || values === null) {
    const details = { path: "values" };
    const message = "capture: the values must be an object that names them: write capture({ sep }, ({ sep }) => ...).";
    throw new ConfigError(message, { code: "capture-value", details });
  }
  copyValue(values);
  let sealed: (Sealed & { readonly fn: (...args: A) => R }) | undefined;
  const make = () => {
    const copy = copyValue(values);
    return { values: copy, factory, fn: makeFunction(copy, factory) };
  };
  const seal = () => {
    sealed ??= make();
    return sealed;
  };
  const captured = (...args: A): R => (sealed ?? seal()).fn(...args);
  captures.set(captured, { seal, look: () => sealed ?? make(), isSealed: () => sealed !== undefined });
  return captured;
}

/**
 * What a captured lambda is made of, copied and made now unless that has happened before; nothing for any other function.
 * **Errors**: as `capture` says for the copy.
 */
export function sealCapture(fn: Lambda): Sealed | undefined {
  return captures.get(fn)?.seal();
}

/** The same without sealing: where that has not happened yet, a copy of the values as they are now, which is forgotten again. */
export function lookIntoCapture(fn: Lambda): Sealed | undefined {
  return captures.get(fn)?.look();
}

/** Whether what `fn` does can still change, because it is captured and its values are not copied yet. */
export function isUnsealed(fn: Lambda): boolean {
  return captures.get(fn)?.isSealed() === false;
}

function makeFunction<V extends object, F>(values: V, factory: (values: V) => F): F {
  let fn: F;
  try {
    fn = factory(values);
  } catch (cause) {
    throw factoryError("it threw", cause);
  }
  if (typeof fn !== "function") throw factoryError(`it returned ${fn === null ? "null" : typeof fn}`);
  return fn;
}

function factoryError(got: string, cause?: unknown): ConfigError {
  return new ConfigError(
    `capture: the factory must be a function that takes the values and returns the lambda, ${got}: write ({ sep }) => (line) => ...`,
    { code: "capture-factory", details: { got }, cause },
  );
}
