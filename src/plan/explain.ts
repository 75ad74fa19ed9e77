import type { KernelShape, Placement } from "./operator.js";
import type { StreamNode } from "./stream-node.js";

interface Entry {
  readonly node: StreamNode;
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

/** Per stage and operator of a stream: where it runs and why. One line a stage, then one a operator, indented. */
export function explain(node: StreamNode): string {
  const stages: Entry[][] = [];
  const chain = follow(node, stages);
  const isCounted = chain.shapes.length > 0 && chain.shapes.every((shape) => shape.kind === "count");
  finish(chain, stages, isCounted ? undefined : (chain.why ?? AS_VALUES));
  return stages.map(stageText).join("\n");
}

function follow(node: StreamNode, stages: Entry[][]): Chain {
  const { operator } = node;
  if (operator.kind === "input") {
    const placement: Placement = { runs: "kernel", shape: operator.shape, how: operator.about };
    return { entries: [{ node, role: "", placement }], shapes: [operator.shape], why: undefined };
  }
  const chains = node.parents.map((parent) => follow(parent, stages));
  const chain: Chain = {
    entries: chains.flatMap(({ entries }) => entries),
    shapes: chains.flatMap(({ shapes }) => shapes),
    why: chains.find(({ why }) => why !== undefined)?.why,
  };
  switch (operator.kind) {
    case "union": {
      const shape = chain.shapes[0] ?? { kind: "text" };
      const placement: Placement =
        chain.why === undefined
          ? { runs: "kernel", shape, how: "partitions of all parents" }
          : { runs: "javascript", why: "partitions of all parents" };
      return { ...chain, entries: [...chain.entries, { node, role: "", placement }] };
    }
    case "narrow":
      return extend(chain, node, "", (shape) => operator.operator.place(shape));
    case "count":
      return extend(chain, node, "", (shape) => operator.each.place(shape));
    case "shuffle": {
      const mapped = extend(chain, node, "combine", (shape) => operator.operator.place(shape));
      finish(mapped, stages, mapped.why);
      const why = mapped.why;
      const placement: Placement =
        why === undefined
          ? { runs: "kernel", shape: { kind: "pairs" }, how: "merges what the map tasks made" }
          : { runs: "javascript", why: "merges what the map tasks made" };
      return { entries: [{ node, role: "merge", placement }], shapes: [{ kind: "pairs" }], why };
    }
  }
}

function extend(chain: Chain, node: StreamNode, role: string, place: (shape: KernelShape) => Placement): Chain {
  const placements = chain.shapes.map(place);
  const opaque = placements.find((placement) => placement.runs === "javascript");
  if (opaque?.runs === "javascript") {
    return {
      entries: [...chain.entries, { node, role, placement: opaque }],
      shapes: chain.shapes,
      why: chain.why ?? `${node.label ?? node.name} runs as JavaScript`,
    };
  }
  const placement: Placement =
    chain.why === undefined ? placements[0]! : { runs: "javascript", why: `could run in the kernel, but ${chain.why}` };
  const shapes = placements.map((each) => (each as Extract<Placement, { runs: "kernel" }>).shape);
  return { entries: [...chain.entries, { node, role, placement }], shapes, why: chain.why };
}

/** A stage runs in the kernel as a whole or, behind what it reads, not at all. */
function finish(chain: Chain, stages: Entry[][], why: string | undefined): void {
  const entries = [...chain.entries];
  if (why !== undefined) {
    for (const entry of entries) {
      const reads = entry.node.operator.kind === "input" || entry.role === "merge";
      if (entry.placement.runs === "kernel" && !reads) {
        entry.placement = { runs: "javascript", why: `could run in the kernel, but ${why}` };
      }
    }
  }
  stages.push(entries);
}

function stageText(entries: readonly Entry[], index: number): string {
  const names = entries.map(({ node, role }) => title(node, role)).join(" -> ");
  const forms = new Set(entries.map(({ placement }) => (placement.runs === "kernel" ? "kernel" : "JavaScript")));
  const holdsRows = entries.some(({ node: { operator } }) => operator.kind === "input" && operator.holdsRows);
  const condition = holdsRows && !forms.has("JavaScript") ? ", where rows are bytes or one-line strings" : "";
  const lines = entries.map(({ node, role, placement }) => {
    const where = placement.runs === "kernel" ? `kernel      ${placement.how}` : `JavaScript  ${placement.why}`;
    return `  ${title(node, role).padEnd(24)} ${where}`;
  });
  return [`stage ${index}: ${names} [${[...forms].join(", then ")}${condition}]`, ...lines].join("\n");
}

function title(node: StreamNode, role: string): string {
  const name = node.label ?? (node.operator.kind === "union" ? `union of ${node.parents.length}` : node.name);
  return role === "" ? name : `${name} (${role})`;
}
