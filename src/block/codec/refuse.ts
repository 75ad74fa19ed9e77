import { PlanError } from "../../errors.js";
import { VALUE_DEPTH_MAX } from "./tags.js";

/** From a value to one inside it: an index, a property's name, or a word for what has neither. */
type Step = number | string | { readonly word: string };

interface Trouble {
  readonly what: string;
  readonly path: Step[];
}

/** Whether the class of an object keeps its value where no property shows it, so that it would come back empty. */
export function hidesItsValue(value: object): boolean {
  if (value instanceof Error) return true;
  return !isPlain(value) && Object.keys(value).length === 0;
}

/** Whether an array, object, map or set contains itself, however deep. */
export function containsItself(value: unknown): boolean {
  return find(value, [], new Set())?.what === CYCLE;
}

/** The error for rows of which one cannot be encoded: the first such value in the order of encoding, and where. */
export function refusal(rows: readonly unknown[], firstIndex: number): PlanError {
  const trouble = find(rows, [], new Set()) ?? { what: "a value that changes while it is read", path: [] };
  const { what } = trouble;
  const path = trouble.path.map((step, index) => (index === 0 ? firstIndex + (step as number) : step));
  const place = path.map(show).join("");
  return new PlanError(
    "A row that is stored or sent must be made of primitives, dates, bytes, arrays, objects, maps and sets of these " +
      `at most ${VALUE_DEPTH_MAX} levels deep, but rows${place} is ${what}; map the rows to plain data first.`,
    {
      code: "unsupported-value",
      details: { what, path: path.map((step) => (typeof step === "object" ? step.word : step)) },
    },
  );
}

const CYCLE = "a value that contains itself";

/** The path is there for the message alone: encoding itself keeps none, and pays for it here, once something is wrong. */
function find(value: unknown, path: Step[], above: Set<unknown>): Trouble | undefined {
  if (typeof value === "function" || typeof value === "symbol") return { what: `a ${typeof value}`, path: [...path] };
  if (typeof value !== "object" || value === null) return undefined;
  if (ArrayBuffer.isView(value) || value instanceof Date || value instanceof ArrayBuffer) return undefined;
  if (above.has(value)) return { what: CYCLE, path: [...path] };
  // The rows themselves are no level.
  if (above.size > VALUE_DEPTH_MAX)
    return { what: `nested deeper than ${VALUE_DEPTH_MAX} levels`, path: path.slice(0, 1) };
  if (!Array.isArray(value) && !(value instanceof Map) && !(value instanceof Set) && hidesItsValue(value)) {
    return { what: `an object of class ${value.constructor?.name}`, path: [...path] };
  }
  above.add(value);
  for (const [step, part] of partsOf(value)) {
    path.push(step);
    const trouble = find(part, path, above);
    if (trouble) return trouble;
    path.pop();
  }
  above.delete(value);
  return undefined;
}

function* partsOf(value: object): Iterable<readonly [Step, unknown]> {
  if (Array.isArray(value)) {
    yield* value.entries();
  } else if (value instanceof Map) {
    for (const [key, item] of value) {
      yield [{ word: "key" }, key];
      yield [typeof key === "string" || typeof key === "number" ? key : { word: "value" }, item];
    }
  } else if (value instanceof Set) {
    for (const item of value) yield [{ word: "element" }, item];
  } else {
    yield* Object.entries(value);
  }
}

function show(step: Step): string {
  if (typeof step === "object") return `(a ${step.word})`.replace("a element", "an element");
  return `[${typeof step === "number" ? step : JSON.stringify(step)}]`;
}

/** Also for an object of another realm, whose `Object.prototype` is another one. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
