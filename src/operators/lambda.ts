import { encodeRows } from "../block/codec.js";
import { crc32c } from "../block/crc32c.js";
import { formatRow } from "../block/format-row.js";
import { messageOf, PlanError, reasonOf } from "../errors.js";
import { isUnsealed, sealCapture } from "../lowering/capture.js";
import { lowering, loweringLoaded, needLowering } from "../lowering/door.js";
import { type Expression, type Lowering, type Refusal, refuse, type StatefulLowering } from "../lowering/expression.js";
import { formOf } from "../lowering/form.js";
import type { Lambda } from "../lowering/row.js";
import type { Origin } from "../plan/origin.js";

/** Characters of a record that an error message shows. */
const SAMPLE_LENGTH_MAX = 200;

type Constructor = { new (): unknown };
const AsyncFunction = (async () => {}).constructor as unknown as Constructor;
const AsyncGeneratorFunction = async function* () {}.constructor as unknown as Constructor;

/** A user's function as an operator keeps it: what to call, and what it was lowered to, which is found out once. */
export class UserFunction<F extends Lambda> {
  readonly #given: F;
  #lowering: Lowering | undefined;
  /** Null where they are not known. */
  #fieldsRead: readonly string[] | null | undefined;
  #stateful: StatefulLowering | undefined;

  /** Throws a `PlanError`: "not-a-function", or "async-function", whose promises would be taken for rows. */
  constructor(origin: Origin, given: F) {
    const operator = origin.name;
    if (typeof given !== "function") {
      throw new PlanError(`${operator} needs a function, got ${given === null ? "null" : typeof given}.`, {
        code: "not-a-function",
        details: { operator, got: given },
      });
    }
    if (given instanceof AsyncFunction || given instanceof AsyncGeneratorFunction) {
      throw new PlanError(
        `${operator} needs a function that returns its result, got an async one, whose result comes later: await inside foreachRDD instead.`,
        { code: "async-function", details: { operator } },
      );
    }
    this.#given = given;
  }

  /** The function to call; of a captured one the inner function, made of a copy of its values. */
  get call(): F {
    return (sealCapture(this.#given)?.fn ?? this.#given) as F;
  }

  /** For the start of the graph: copies captured values, for good. */
  prepare(): void {
    sealCapture(this.#given);
  }

  /** What tells the function from others: its source and, where it is captured, the values that it was made with. */
  get identity(): string {
    const form = formOf(this.#given);
    if (form) return needLowering().showExpression(form.expression, (value) => digest({ value }));
    const sealed = sealCapture(this.#given);
    if (sealed === undefined) return sourceOf.call(this.#given);
    return `${sourceOf.call(sealed.factory)} with ${digest(sealed.values)}`;
  }

  /** The explicit form that was given; undefined where a lambda was. */
  get form(): Expression | undefined {
    return formOf(this.#given)?.expression;
  }

  /** Whether another one does the same: both are lowered, captured nothing, and have the same source. */
  isLike(other: UserFunction<Lambda>): boolean {
    if (sealCapture(this.#given) || sealCapture(other.#given) || this.form || other.form || !this.lowering.ok)
      return false;
    return other.lowering.ok && sourceOf.call(this.#given) === sourceOf.call(other.#given);
  }

  /** The expression of the function, or why there is none. Where the parser is not loaded that is not remembered. */
  get lowering(): Lowering {
    if (this.#lowering !== undefined) return this.#lowering;
    const form = formOf(this.#given);
    if (form) return { ok: true, ...form };
    const modules = lowering();
    if (modules === undefined) return refuse("the parser is not loaded");
    const lowered = modules.lower(this.#given);
    if (!isUnsealed(this.#given)) this.#lowering = lowered;
    return lowered;
  }

  /**
   * Whether the function gives for these arguments what it was lowered to. Where it does not, something that its source names was replaced: it is not
   * taken for lowered any more.
   */
  agrees(...args: readonly unknown[]): boolean {
    const { lowering } = this;
    // A form is its expression.
    if (formOf(this.#given)) return true;
    if (!lowering.ok || needLowering().agrees(this.call, lowering.expression, args)) return true;
    this.#lowering = refuse("gives another result than its source says: something that it names was replaced");
    return false;
  }

  /** As `fieldsRead` of src/lowering, found out once. */
  get fieldsRead(): readonly string[] | undefined {
    const modules = lowering();
    if (this.#fieldsRead === undefined && modules) this.#fieldsRead = modules.fieldsRead(this.call) ?? null;
    return this.#fieldsRead ?? undefined;
  }

  /** What the function does where it takes a state at `stateIndex`, or why that is not known; as `lowering`. */
  stateful(stateIndex: number): StatefulLowering {
    if (this.#stateful !== undefined) return this.#stateful;
    const lowered = lowering()?.lowerStateful(this.#given, stateIndex) ?? refuse("the parser is not loaded");
    if (loweringLoaded() && !isUnsealed(this.#given)) this.#stateful = lowered;
    return lowered;
  }

  /** As `agrees`, for a key without a state. */
  agreesStateful(stateIndex: number, args: readonly unknown[]): boolean {
    const lowered = this.stateful(stateIndex);
    if (!lowered.ok || needLowering().agreesStateful(this.call, lowered.stateful, args)) return true;
    this.#stateful = refuse("gives another result than its source says: something that it names was replaced");
    return false;
  }

  /** Why there is no expression. */
  get refusal(): Refusal | undefined {
    const { lowering } = this;
    return lowering.ok ? undefined : lowering;
  }
}

const sourceOf = Function.prototype.toString;

/** Captured values in a few characters. */
function digest(values: object): string {
  try {
    const bytes = encodeRows([values]);
    return `values of ${bytes.length} bytes, CRC-32C ${crc32c(bytes).toString(16)}`;
  } catch {
    return "values that have no bytes";
  }
}

/** The error of a lambda that threw: names the operator, where it was made, and a sample of the record; what was thrown is its cause. */
export function lambdaError(origin: Origin, record: unknown, cause: unknown): PlanError {
  const message = reasonOf(cause);
  const { name: operator, site, suffix } = origin;
  return new PlanError(`The function given to ${operator} threw on ${sample(record)}: ${message}${suffix}`, {
    code: "function-threw",
    details: { operator, record, site },
    cause,
  });
}

/** The error of a lambda that returned something of the wrong shape. */
export function shapeError(origin: Origin, record: unknown, expected: string, got: unknown): PlanError {
  const { name: operator, site, suffix } = origin;
  return new PlanError(
    `The function given to ${operator} must return ${expected}, it returned ${sample(got)} for ${sample(record)}.${suffix}`,
    { code: "wrong-shape", details: { operator, record, got, site } },
  );
}

/** The error of a lambda that returned a promise, which would be taken for a row, a key or something truthy. It need not be awaited by anybody. */
export function promiseError(origin: Origin, record: unknown, got: Promise<unknown>): PlanError {
  got.catch(() => {});
  return shapeError(origin, record, "its result itself (await inside foreachRDD instead)", "a promise");
}

/** The elements of what the user's function returned; what is no iterable, and an error inside its iterator, are the function's. */
export function iterate(origin: Origin, results: Iterable<unknown>, record: unknown): Iterable<unknown> {
  if (Array.isArray(results)) return results;
  if (results == null || typeof results[Symbol.iterator] !== "function") {
    throw shapeError(origin, record, "an iterable", results);
  }
  return guarded(origin, results, record);
}

function* guarded(origin: Origin, results: Iterable<unknown>, record: unknown): Generator<unknown> {
  const own = <R>(body: () => R): R => {
    try {
      return body();
    } catch (error) {
      throw lambdaError(origin, record, error);
    }
  };
  const iterator = own(() => results[Symbol.iterator]());
  let isOpen = false;
  try {
    for (;;) {
      const step = own(() => checkedStep(iterator.next()));
      if (step.done) return;
      isOpen = true;
      yield step.value;
      isOpen = false;
    }
  } finally {
    // Whoever reads wants no more.
    if (isOpen) iterator.return?.();
  }
}

/** What `for of` would refuse too. */
function checkedStep(step: IteratorResult<unknown>): IteratorResult<unknown> {
  if (typeof step === "object" && step !== null) return step;
  throw new TypeError(`Iterator result ${String(step)} is not an object`);
}

/** A row as text, cut to a length that a message can bear. */
export function sample(row: unknown): string {
  const text = typeof row === "string" ? JSON.stringify(row) : shownRow(row);
  return text.length > SAMPLE_LENGTH_MAX ? `${text.slice(0, SAMPLE_LENGTH_MAX)}... (${text.length} characters)` : text;
}

/** A row that cannot be written must not hide the error that shows it. */
function shownRow(row: unknown): string {
  try {
    return formatRow(row);
  } catch (error) {
    return `a row that cannot be shown (${messageOf(error)})`;
  }
}

/** A key and its value, or the error that names the operator which needs pairs. */
export function asPair(origin: Origin, row: unknown): readonly [unknown, unknown] {
  if (Array.isArray(row) && row.length === 2) return row as unknown as readonly [unknown, unknown];
  const { name: operator, site, suffix } = origin;
  throw new PlanError(
    `${operator} needs rows that are pairs [key, value], it got ${sample(row)}: map to pairs first.${suffix}`,
    { code: "not-a-pair", details: { operator, record: row, site } },
  );
}
