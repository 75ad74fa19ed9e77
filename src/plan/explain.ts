import type { KernelShape, Placement } from "./operator.js";
import type { StreamNode } from "./stream-node.js";
import type { OperatorForm } from "./stream-operator.js";

interface Entry {
  readonly node: StreamNode;
  readonly form: OperatorForm;
  readonly role: string;
  placement: Placement;
}

/** What an unfinished stage knows: its operators so far, and the shapes of its rows, one for each branch of a union. */
interface Chain {
  readonly entries: readonly Entry[];
  readonly shapes: readonly KernelShape[];
  /** Why the rows are JavaScript values, where they are. */
  readonly why: string | undefined;
}

const AS_VALUES = "its rows are wanted as JavaScript values";

/** Which threads run closures of these operators, in words. */
export type ThreadsFor = (operators: ReadonlyArray<{ readonly name: string; readonly operator: object }>) => string;

/**
 * Per stage and operator of a stream: where it runs and why. One line a stage, then one a operator, indented; where closures run, one more for the threads
 * that do it.
 */
export function explain(node: StreamNode, threadsFor?: ThreadsFor): string {
  const stages: Entry[][] = [];
  const chain = follow(node, stages);
  const isCounted = chain.shapes.length > 0 && chain.shapes.every((shape) => shape.kind === "count");
  finish(chain, stages, isCounted ? undefined : (chain.why ?? AS_VALUES));
  return stages.map((entries, index) => stageText(entries, index, threadsFor)).join("\n");
}

function follow(node: StreamNode, stages: Entry[][]): Chain {
  const chains = node.parents.map((parent) => follow(parent, stages));
  let chain: Chain = {
    entries: chains.flatMap(({ entries }) => entries),
    shapes: chains.flatMap(({ shapes }) => shapes),
    why: chains.find(({ why }) => why !== undefined)?.why,
  };
  for (const form of node.operator.forms) chain = through(chain, node, form, stages);
  return chain;
}

/** The chain after one form of a stream's operator. */
function through(chain: Chain, node: StreamNode, form: OperatorForm, stages: Entry[][]): Chain {
  switch (form.kind) {
    case "input": {
      const placement: Placement = { runs: "kernel", shape: form.shape, how: form.about };
      return { entries: [{ node, form, role: "", placement }], shapes: [form.shape], why: undefined };
    }
    case "coalesce":
      return chain;
    case "union": {
      const how = "partitions of all parents";
      const placement: Placement =
        chain.why === undefined
          ? { runs: "kernel", shape: chain.shapes[0] ?? { kind: "text" }, how }
          : { runs: "javascript", why: how };
      return { ...chain, entries: [...chain.entries, { node, form, role: "", placement }] };
    }
    case "narrow":
      return extend(chain, node, form, "", (shape) => form.operator.place(shape));
    case "shuffle": {
      const mapped = extend(chain, node, form, "combine", (shape) => form.operator.place(shape));
      finish(mapped, stages, mapped.why);
      return merging(node, form, mapped.why);
    }
    case "merge": {
      finish(chain, stages, chain.why);
      return merging(node, form, chain.why);
    }
    case "stage": {
      if (chain.entries.length > 0) finish(chain, stages, chain.why ?? AS_VALUES);
      const placement: Placement = { runs: "javascript", why: form.why };
      return { entries: [{ node, form, role: "", placement }], shapes: chain.shapes, why: form.why };
    }
  }
}

function merging(node: StreamNode, form: OperatorForm, why: string | undefined): Chain {
  const how = form.kind === "merge" ? form.why : "merges what the map tasks made";
  const placement: Placement =
    why === undefined ? { runs: "kernel", shape: { kind: "pairs" }, how } : { runs: "javascript", why: how };
  return { entries: [{ node, form, role: "merge", placement }], shapes: [{ kind: "pairs" }], why };
}

function extend(
  chain: Chain,
  node: StreamNode,
  form: OperatorForm,
  role: string,
  place: (shape: KernelShape) => Placement,
): Chain {
  const placements = chain.shapes.map(place);
  const opaque = placements.find((placement) => placement.runs === "javascript");
  if (opaque?.runs === "javascript") {
    return {
      entries: [...chain.entries, { node, form, role, placement: opaque }],
      shapes: chain.shapes,
      why: chain.why ?? `${node.label ?? node.name} runs as JavaScript`,
    };
  }
  const placement: Placement =
    chain.why === undefined ? placements[0]! : { runs: "javascript", why: `could run in the kernel, but ${chain.why}` };
  const shapes = placements.map((each) => (each as Extract<Placement, { runs: "kernel" }>).shape);
  return { entries: [...chain.entries, { node, form, role, placement }], shapes, why: chain.why };
}

/** A stage runs in the kernel as a whole or, behind what it reads, not at all. */
function finish(chain: Chain, stages: Entry[][], why: string | undefined): void {
  const entries = [...chain.entries];
  if (why !== undefined) {
    for (const entry of entries) {
      const reads = entry.form.kind === "input" || entry.role === "merge";
      if (entry.placement.runs === "kernel" && !reads) {
        entry.placement = { runs: "javascript", why: `could run in the kernel, but ${why}` };
      }
    }
  }
  stages.push(entries);
}

function stageText(entries: readonly Entry[], index: number, threadsFor: ThreadsFor | undefined): string {
  const names = entries.map(title).join(" -> ");
  const forms = new Set(entries.map(({ placement }) => (placement.runs === "kernel" ? "kernel" : "JavaScript")));
  const holdsRows = entries.some(({ form }) => form.kind === "input" && form.holdsRows);
  const condition = holdsRows && !forms.has("JavaScript") ? ", where rows are bytes or one-line strings" : "";
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

/** A stream's name; where its operator is made of several, the name of the one at hand. */
function title({ node, form, role }: Entry): string {
  const part = "operator" in form && node.operator.forms.length > 1 ? form.operator.name : node.name;
  const name = node.label ?? (form.kind === "union" ? `union of ${node.parents.length}` : part);
  return role === "" ? name : `${name} (${role})`;
}
