import type { Expression } from "./expression.js";

/**
 * An expression whose parts are objects of its own, captured values apart: to be put where the same form may stand elsewhere already, as a shared part
 * means that it is computed where it is met first.
 */
export function copyExpression(expression: Expression): Expression {
  return copyPart(expression) as Expression;
}

function copyPart(part: unknown): unknown {
  if (typeof part !== "object" || part === null) return part;
  if (Array.isArray(part)) return part.map(copyPart);
  const { kind } = part as Expression;
  if (kind === "captured" || kind === "parameter" || kind === "literal") return part;
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, copyPart(value)]));
}

/** How many parts an expression has, each as often as it stands there. */
export function sizeOf(expression: Expression): number {
  let size = 0;
  const count = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    if (Array.isArray(part)) part.forEach(count);
    else {
      size += 1;
      if ((part as Expression).kind !== "captured") Object.values(part).forEach(count);
    }
  };
  count(expression);
  return size;
}
