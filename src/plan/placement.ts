import { kernelChain } from "./kernel-chain.js";
import type { NarrowOperator } from "./operator.js";
import type { StreamNode } from "./stream-node.js";

/** Whether the kernel makes the rows of a stream from what was received in one pass, nothing but narrow operators lying between. */
export function isMadeInKernel(node: StreamNode): boolean {
  const branches = branchesOf(node);
  if (branches === undefined) return false;
  return branches.every((operators) => kernelChain("lines", operators, { kind: "none" }).prefix === operators.length);
}

/** The operators between each input and a stream; undefined where there are others than narrow ones. */
function branchesOf(node: StreamNode): NarrowOperator[][] | undefined {
  const branches: NarrowOperator[][] = [];
  for (const parent of node.parents) {
    const above = branchesOf(parent);
    if (above === undefined) return undefined;
    branches.push(...above);
  }
  for (const form of node.operator.forms) {
    if (form.kind === "input" && form.type) return undefined;
    if (form.kind === "input") branches.push([]);
    else if (form.kind === "narrow") for (const operators of branches) operators.push(form.operator);
    else if (form.kind !== "union") return undefined;
  }
  return branches;
}
