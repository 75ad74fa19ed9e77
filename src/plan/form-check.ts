import { PlanError } from "../errors.js";
import { lowering } from "../lowering/door.js";
import { refusedOperators } from "./explain.js";
import type { StreamNode } from "./stream-node.js";

/**
 * Throws where an explicit form that a stream was given cannot run in the kernel: `PlanError` "form-refused". Rows whose type is only known when they are
 * there, as somebody hands them in as JavaScript values, are not judged: a form evaluates on them.
 */
export function checkForms(node: StreamNode): void {
  if (!hasForms(node) || !hasKnownRows(node)) return;
  for (const { operator, name, reason, token } of refusedOperators(node)) {
    if (operator.form === undefined) continue;
    const form = lowering()?.showExpression(operator.form) ?? "";
    const where = token === undefined ? "" : ` ("${token}")`;
    throw new PlanError(
      `${name} was given the form ${form}, which promises the kernel, but there it cannot run: ${reason}${where}. ` +
        "Give the columns a declared type (json, csv, schema of pushStream) and keep lambdas that run as JavaScript behind it, or write it as a lambda.",
      { code: "form-refused", details: { operator: name, form, reason, token } },
    );
  }
}

/** Whether a stream's operators were given explicit forms. */
export function hasForms({ operator }: StreamNode): boolean {
  return operator.forms.some((form) => "operator" in form && form.operator.form !== undefined);
}

/** Whether the type of a stream's rows is known before there are any. */
function hasKnownRows({ operator, parents }: StreamNode): boolean {
  for (const form of operator.forms) {
    if (form.kind === "input") return !form.holdsRows || form.type !== undefined;
    if (form.kind === "narrow" && form.operator.declaresRows) return true;
  }
  return parents.every(hasKnownRows);
}
