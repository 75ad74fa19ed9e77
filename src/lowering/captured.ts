import { literal, UNDEFINED } from "./build.js";
import type { Expression } from "./expression.js";
import { stop } from "./refused.js";

/** A captured value by its name, or a property of a captured object by its name. */
export function constantOf(values: object, key: string): Expression {
  if (!Object.hasOwn(values, key)) stop(`"${key}" is not among the captured values`, key);
  return constant((values as Readonly<Record<string, unknown>>)[key], key);
}

/** A property of a captured object, where that cannot change; nothing where it must be read each time. */
export function constantField(of: object, name: string): Expression | undefined {
  if (of instanceof Map || of instanceof Set) return name === "size" ? literal(of.size) : undefined;
  const isPlain = Array.isArray(of) || isPlainObject(of);
  if (!isPlain) return undefined;
  const property = Object.getOwnPropertyDescriptor(of, name);
  if (property === undefined) return name in of ? undefined : UNDEFINED;
  return "value" in property ? constant(property.value, name) : undefined;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function constant(value: unknown, name: string): Expression {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "bigint":
    case "undefined":
      return literal(value);
    case "object":
      return value === null ? literal(null) : { kind: "captured", value };
    default:
      return stop(`captured "${name}" is a ${typeof value}, which is not lowered`, name);
  }
}
