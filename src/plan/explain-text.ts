import type { StreamNode } from "./stream-node.js";
import type { OperatorForm } from "./stream-operator.js";

/** Where an operator runs, and why, in words. */
export type Placement =
  | { readonly runs: "kernel"; readonly how: string }
  | { readonly runs: "javascript"; readonly why: string; readonly token?: string | undefined };

/** An operator of a stream, or a part of one. */
export interface Entry {
  readonly node: StreamNode;
  readonly form: OperatorForm;
  readonly role: string;
  placement: Placement;
}

/** Which threads run closures of these operators, in words. */
export type ThreadsFor = (operators: ReadonlyArray<{ readonly name: string; readonly operator: object }>) => string;

/** What one stage of a stream does: a line, then one for each of its operators. */
export function stageText(entries: readonly Entry[], index: number, threadsFor: ThreadsFor | undefined): string {
  const names = entries.map(title).join(" -> ");
  const forms = new Set(entries.map(({ placement }) => (placement.runs === "kernel" ? "kernel" : "JavaScript")));
  const holdsRows = entries.some(({ form }) => form.kind === "input" && form.holdsRows);
  const condition = holdsRows && !forms.has("JavaScript") ? ", where rows are bytes or of one type" : "";
  const lines = entries.map((entry) => {
    const { placement } = entry;
    const where = placement.runs === "kernel" ? `kernel      ${placement.how}` : `JavaScript  ${placement.why}`;
    return `  ${title(entry).padEnd(24)} ${where}`;
  });
  if (threadsFor && forms.has("JavaScript")) lines.push(`  ${"threads".padEnd(24)} ${threads(entries, threadsFor)}`);
  return [`stage ${index}: ${names} [${[...forms].join(", then ")}${condition}]`, ...lines].join("\n");
}

function threads(entries: readonly Entry[], threadsFor: ThreadsFor): string {
  if (entries[0]?.form.kind === "stage") return "the host's, where its rows are made";
  const operators = entries.flatMap((entry) =>
    "operator" in entry.form ? [{ name: title(entry), operator: entry.form.operator }] : [],
  );
  return threadsFor(operators);
}

/** A stream's name; where its operator is made of several, or a function makes its batches, the name of the one at hand. */
export function title({ node, form, role }: Omit<Entry, "placement">): string {
  const name = nameOf(node, form);
  return role === "" ? name : `${name} (${role})`;
}

function nameOf(node: StreamNode, form: OperatorForm): string {
  const { name, label, operator } = node;
  if (!operator.forms.includes(form)) return `${label ?? name}: ${partName(form)}`;
  if (label !== undefined) return label;
  if (form.kind === "union") return `union of ${node.parents.length}`;
  return "operator" in form && operator.forms.length > 1 ? form.operator.name : name;
}

function partName(form: OperatorForm): string {
  if ("operator" in form) return form.operator.name;
  return form.kind === "input" ? "rows" : ((form.kind === "stage" ? form.name : undefined) ?? form.kind);
}
