import { PlanError } from "../errors.js";
import { copyExpression } from "../lowering/copy-expression.js";
import type { Expression } from "../lowering/expression.js";
import { formOf } from "../lowering/form.js";

/** The row that a form is computed for. */
export const ROW: Expression = { kind: "parameter", index: 0 };

/** The expression of an operand. **Errors:** `PlanError` "not-a-form". */
export function expressionOf(operand: unknown, subject: string): Expression {
  const form = formOf(operand);
  if (form?.parameters === 1) return copyExpression(form.expression);
  switch (typeof operand) {
    case "string":
    case "number":
    case "boolean":
    case "undefined":
      return { kind: "literal", value: operand };
    case "object":
      if (operand === null) return { kind: "literal", value: null };
  }
  const got = typeof operand === "function" ? "a function" : `a value of type ${typeof operand}`;
  throw new PlanError(
    `${subject} takes forms, such as col("price"), and plain texts, numbers, booleans, null and undefined, got ${got}: ` +
      "write a lambda for all of it, or none.",
    { code: "not-a-form", details: { subject, got: operand } },
  );
}

/** The error of an argument of the wrong kind. */
export function notA(subject: string, wanted: string, got: unknown): PlanError {
  return new PlanError(
    `${subject} takes ${wanted}, got ${got === null ? "null" : (JSON.stringify(got) ?? typeof got)}.`,
    {
      code: "invalid-form",
      details: { subject, got },
    },
  );
}
