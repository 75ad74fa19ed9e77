import { PlanError } from "../errors.js";
import { lowering } from "../lowering/door.js";
import type { Expression } from "../lowering/expression.js";
import { entriesOf } from "./explain.js";
import { type Entry, title } from "./explain-text.js";
import type { StreamNode } from "./stream-node.js";

/**
 * Throws where an explicit form that a stream was given cannot run in the kernel: `PlanError` "form-refused". Rows whose type is only known when they are
 * there, as somebody hands them in as JavaScript values, are not judged: a form evaluates on them.
 */
export function checkForms(node: StreamNode): void {
  if (!hasForms(node) || !hasKnownRows(node)) return;
  const entries = entriesOf(node);
  const before = entries.find((entry) => entry.node !== node && entry.placement.runs === "javascript");
  for (const entry of entries) {
    const { form, placement } = entry;
    if (entry.node !== node || !("operator" in form) || form.operator.form === undefined) continue;
    if (placement.runs === "kernel") continue;
    if (before?.placement.runs !== "javascript")
      throw refused(entry, form.operator.form, placement.why, placement.token);
    const why = `its rows come from ${title(before)}, which runs as JavaScript: ${before.placement.why}`;
    throw refused(entry, form.operator.form, why, before.placement.token);
  }
}

function refused(entry: Entry, given: Expression, reason: string, token: string | undefined): PlanError {
  const form = lowering()?.showExpression(given) ?? "";
  const operator = title(entry);
  const where = token === undefined ? "" : ` ("${token}")`;
  return new PlanError(
    `${operator} was given the form ${form}, which promises the kernel, but there it cannot run: ${reason}${where}. ` +
      "Keep lambdas that run as JavaScript behind it, read columns that the rows have, or write it as a lambda.",
    { code: "form-refused", details: { operator, form, reason, token } },
  );
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
