import type { Expression, LiteralValue } from "./expression.js";
import { isTotal } from "./parts.js";

// Expressions from parts, with what their forms alone make plain left out.

export const TRUE: Expression = { kind: "literal", value: true };
export const FALSE: Expression = { kind: "literal", value: false };
export const UNDEFINED: Expression = { kind: "literal", value: undefined };
const NULL: Expression = { kind: "literal", value: null };

export function literal(value: LiteralValue): Expression {
  return { kind: "literal", value };
}

/** `test ? then : otherwise`. */
export function choose(test: Expression, then: Expression, otherwise: Expression): Expression {
  if (test.kind === "literal") return test.value ? then : otherwise;
  if (test.kind === "unary" && test.operator === "!") return choose(test.of, otherwise, then);
  if (then === otherwise && isTotal(test)) return then;
  return { kind: "condition", test, then, else: otherwise };
}

/** The result, after the checks; those that cannot throw are left out, and so are those that the result begins with. */
export function after(checks: readonly Expression[], result: Expression): Expression {
  const needed = checks.filter((check) => !isTotal(check));
  const rest = result.kind === "sequence" ? result.checks : [];
  const last = result.kind === "sequence" ? result.result : result;
  const all = new Set([...needed, ...rest]);
  if ([...all].at(-1) === last) all.delete(last);
  return all.size === 0 ? last : { kind: "sequence", checks: [...all], result: last };
}

export function isUndefined(of: Expression): Expression {
  return { kind: "binary", operator: "===", left: of, right: UNDEFINED };
}

/** Whether it is undefined or null. */
export function isNullish(of: Expression): Expression {
  if (of.kind === "captured" || of.kind === "tuple" || of.kind === "record") return FALSE;
  return { kind: "binary", operator: "==", left: of, right: NULL };
}

/** What a default value means: `of === undefined ? otherwise : of`. */
export function withDefault(of: Expression, otherwise: Expression): Expression {
  return choose(isUndefined(of), otherwise, of);
}
