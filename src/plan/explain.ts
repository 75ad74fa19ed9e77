import { type KernelRows, typeOf } from "../lowering/compile/kernel-rows.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import { type ShuffleForm, typeMade, typeTogether } from "./explain-joins.js";
import { stateOf } from "./explain-state.js";
import { type Entry, type Placement, stageText, type ThreadsFor, title } from "./explain-text.js";
import { begin, endOf, isEnd, Payment } from "./kernel-chain.js";
import type { Lineage } from "./lineage.js";
import type { Added, KernelEnd, NarrowOperator } from "./operator.js";
import { type RowType, UNDEFINED } from "./row-type.js";
import type { StreamNode } from "./stream-node.js";
import type { OperatorForm } from "./stream-operator.js";

/** Rows of one branch of a union on their way through a stage. */
interface Branch {
  readonly rows: KernelRows;
  readonly payment: Payment;
  /** Index of the parent that they come from. */
  readonly side: number;
}

/** What an unfinished stage knows: its operators so far, and the rows of each branch. */
interface Chain {
  readonly entries: readonly Entry[];
  readonly branches: readonly Branch[];
  /** So many of the entries run in the kernel even if a later one does not. */
  readonly paysUntil: number;
  /** Why the rows are JavaScript values, where they are. */
  readonly why: string | undefined;
  /** The rows have come to one number or value a partition. */
  readonly isEnded: boolean;
  /** What is done already where rows have been joined. */
  readonly joining?: NarrowOperator | undefined;
  /** The type of the state that the kernel updates next, or why it does not. */
  readonly state?: RowType | Refusal;
}

const AS_VALUES = "its rows are wanted as JavaScript values";

/**
 * Per stage and operator of a stream: where it runs and why. One line a stage, then one a operator, indented; where closures run, one more for the threads
 * that do it.
 */
export function explain(node: StreamNode, threadsFor?: ThreadsFor): string {
  const stages: Entry[][] = [];
  const chain = follow(node, stages);
  finish(chain, stages, chain.isEnded ? undefined : (chain.why ?? AS_VALUES));
  return stages.map((entries, index) => stageText(entries, index, threadsFor)).join("\n");
}

/** The operators of a stream and of those before it, and where each can run, whoever reads its rows. */
export function entriesOf(node: StreamNode): readonly Entry[] {
  const stages: Entry[][] = [];
  const { entries } = follow(node, stages);
  return [...stages.flat(), ...entries];
}

function follow(node: StreamNode, stages: Entry[][]): Chain {
  const lineage = node.operator.lineage?.();
  if (lineage) return along(lineage, node, stages);
  let chain = together(node.parents.map((parent) => follow(parent, stages)));
  for (const form of node.operator.forms) chain = through(chain, node, form, stages);
  return chain;
}

/** The chain of what a function made of the batches of a stream's parents. */
function along(lineage: Lineage, node: StreamNode, stages: Entry[][]): Chain {
  if (lineage.kind === "parent") return follow(node.parents[lineage.index]!, stages);
  const chain = together(lineage.of.map((each) => along(each, node, stages)));
  const { form } = lineage;
  // What the kernel puts in order it has laid out before.
  const isOrdered = form.kind === "stage" && form.how !== undefined;
  const type = isOrdered ? stageType(form, chain) : undefined;
  if (!type || !("kind" in type)) return through(chain, node, form, stages);
  finish(chain, stages, undefined);
  return through({ ...chain, entries: [] }, node, form, stages);
}

/** The chains of several parents as one. */
function together(chains: readonly Chain[]): Chain {
  return {
    entries: chains.flatMap(({ entries }) => entries),
    branches: chains.flatMap(({ branches }, side) => branches.map((branch) => ({ ...branch, side }))),
    paysUntil: chains.length === 1 ? chains[0]!.paysUntil : 0,
    why: chains.find(({ why }) => why !== undefined)?.why,
    isEnded: chains.some(({ isEnded }) => isEnded),
    joining: chains.length === 1 ? chains[0]!.joining : undefined,
  };
}

/** The chain after one form of a stream's operator. */
function through(chain: Chain, node: StreamNode, form: OperatorForm, stages: Entry[][]): Chain {
  switch (form.kind) {
    case "input": {
      const placement: Placement = { runs: "kernel", how: form.about };
      const source = form.type ?? "lines";
      return started([{ node, form, role: "", placement }], begin(source), new Payment(source), undefined);
    }
    case "coalesce":
      return chain;
    case "union": {
      const how = "partitions of all parents";
      const placement: Placement = chain.why === undefined ? { runs: "kernel", how } : { runs: "javascript", why: how };
      return { ...chain, entries: [...chain.entries, { node, form, role: "", placement }] };
    }
    case "narrow": {
      if (chain.joining === form.operator) {
        const placement: Placement = { runs: "kernel", how: "rows of both sides, each with each" };
        const entries = [...chain.entries, { node, form, role: "", placement }];
        return {
          ...started(entries, chain.branches[0]!.rows, new Payment(UNDEFINED), undefined),
          paysUntil: entries.length,
        };
      }
      const ends =
        form.operator.endOf && chain.why === undefined
          ? chain.branches.map(({ rows }) => form.operator.endOf!(rows))
          : [];
      if (ends.length > 0 && ends.every(isEnd)) {
        const entries = [
          ...chain.entries,
          { node, form, role: "", placement: { runs: "kernel", how: ends[0]!.how } } as const,
        ];
        return { ...chain, entries, isEnded: true, paysUntil: entries.length };
      }
      if (chain.isEnded) {
        const placement: Placement = { runs: "javascript", why: "one row a partition" };
        return { ...chain, entries: [...chain.entries, { node, form, role: "", placement }] };
      }
      return extended(chain, { node, form, role: "" }, ({ rows, payment }) => {
        const added = form.operator.addTo(rows);
        payment.add(added, rows);
        return added;
      });
    }
    case "shuffle": {
      const joined = chain.why === undefined ? typeTogether(form, chain.branches) : undefined;
      if (joined && "type" in joined) return joinedBy(chain, node, form, joined.type, stages);
      const state =
        form.update && chain.why === undefined
          ? stateOf(
              form.update,
              chain.branches.map(({ rows }) => rows),
            )
          : undefined;
      if (state && "kind" in state) {
        dealing(chain, node, form, stages);
        return { ...started([], begin(state), new Payment(state), undefined), state };
      }
      const ends: KernelEnd[] = [];
      const mapped = extended(chain, { node, form, role: "combine" }, ({ rows }) => {
        const end = joined ?? form.operator.endOf(rows);
        if (isEnd(end)) ends.push(end);
        return addedBy(end);
      });
      finish(mapped, stages, mapped.why);
      const merged = merging(node, form, mapped.why, typeMade(ends[0], chain.branches[0]?.rows));
      return state ? { ...merged, state } : merged;
    }
    case "merge": {
      finish(chain, stages, chain.why);
      const type = chain.branches[0] && typeOf(chain.branches[0].rows.row);
      return merging(node, form, chain.why, type);
    }
    case "stage": {
      const state = chain.state ?? stageType(form, chain);
      if (state && "kind" in state && form.how !== undefined) {
        // What other streams have made it reads as it lies.
        if (chain.entries.some((entry) => entry.node !== node)) finish(chain, stages, undefined);
        const placement: Placement = { runs: "kernel", how: form.how };
        return {
          ...started([{ node, form, role: "", placement }], begin(state), new Payment(state), undefined),
          paysUntil: 1,
        };
      }
      if (chain.entries.length > 0) finish(chain, stages, chain.why ?? (form.isOpen ? form.why : AS_VALUES));
      const placement: Placement = { runs: "javascript", why: stageWhy(form, chain, state) };
      return started([{ node, form, role: "", placement }], begin(UNDEFINED), new Payment(UNDEFINED), form.why);
    }
  }
}

/** The type of the rows that a stage makes in the kernel of those of a chain, or why it makes none there. */
function stageType(
  form: Extract<OperatorForm, { kind: "stage" }>,
  { branches, why }: Chain,
): RowType | Refusal | undefined {
  const [first] = branches;
  return why === undefined && first ? form.typeFor?.(typeOf(first.rows.row)) : undefined;
}

/** Why a stage runs as JavaScript, and what of it lies in the kernel. */
function stageWhy(
  form: Extract<OperatorForm, { kind: "stage" }>,
  { branches: [first], why }: Chain,
  state: RowType | Refusal | undefined,
): string {
  const kept = form.keeps?.(why === undefined && first ? typeOf(first.rows.row) : undefined);
  return [state && "ok" in state ? state.reason : form.why, kept].filter((part) => part !== undefined).join("; ");
}

function started(entries: readonly Entry[], rows: KernelRows, payment: Payment, why: string | undefined): Chain {
  return { entries, branches: [{ rows, payment, side: 0 }], paysUntil: 0, why, isEnded: false };
}

/** The chain behind a join that runs in the kernel. */
function joinedBy(chain: Chain, node: StreamNode, form: ShuffleForm, type: RowType, stages: Entry[][]): Chain {
  dealing(chain, node, form, stages);
  const how = form.join
    ? `brings the rows of ${form.join.sides === 2 ? "both" : "all"} sides together`
    : "lists the values of each key";
  const placement: Placement = { runs: "kernel", how };
  const entries = [{ node, form, role: "merge", placement }];
  return { ...started(entries, begin(type), new Payment(type), undefined), joining: form.join?.joining };
}

/** Ends a stage whose rows the kernel deals out by key. */
function dealing(chain: Chain, node: StreamNode, form: OperatorForm, stages: Entry[][]): void {
  const placement: Placement = { runs: "kernel", how: "dealt out by key" };
  finish({ ...chain, entries: [...chain.entries, { node, form, role: "combine", placement }] }, stages, undefined);
}

function addedBy(end: KernelEnd | Refusal | undefined): Added {
  return isEnd(end) ? { ok: true, how: end.how } : (end ?? refuse("the kernel has no such operator"));
}

function merging(
  node: StreamNode,
  form: Extract<OperatorForm, { kind: "merge" | "shuffle" }>,
  why: string | undefined,
  type: RowType | undefined,
): Chain {
  const about = form.kind === "merge" ? form.why : "merges what the map tasks made";
  if (why !== undefined || type === undefined) {
    const placement: Placement = { runs: "javascript", why: about };
    return started([{ node, form, role: "merge", placement }], begin(UNDEFINED), new Payment(UNDEFINED), why ?? about);
  }
  const rows = begin(type);
  const merged = addedBy(endOf(rows, { kind: "merge", operator: form.operator }));
  const placement: Placement = merged.ok ? { runs: "kernel", how: about } : { runs: "javascript", why: merged.reason };
  return started(
    [{ node, form, role: "merge", placement }],
    begin(type),
    new Payment(type),
    merged.ok ? undefined : merged.reason,
  );
}

function extended(chain: Chain, entry: Omit<Entry, "placement">, add: (branch: Branch) => Added): Chain {
  // Nothing is added behind what the kernel does not do: its rows are not known there.
  const added = chain.why === undefined ? chain.branches.map(add) : [];
  const refusal = added.find((each) => !each.ok);
  const name = title(entry);
  let placement: Placement;
  if (chain.why !== undefined) placement = { runs: "javascript", why: behind(entry.form, chain.why) };
  else if (refusal && !refusal.ok) placement = { runs: "javascript", why: refusal.reason, token: refusal.token };
  else placement = { runs: "kernel", how: (added[0] as Extract<Added, { ok: true }>).how };
  const entries = [...chain.entries, { ...entry, placement }];
  const why = chain.why ?? (refusal ? `${name} runs as JavaScript` : undefined);
  const { form } = entry;
  const isNext = chain.why === undefined && refusal !== undefined && form.kind === "narrow";
  const narrowed =
    isNext && chain.branches.every(({ payment, rows }) => payment.before(form.operator, rows) > 0 && payment.pays);
  const pays = why === undefined && chain.branches.every(({ payment }) => payment.pays);
  return {
    ...chain,
    entries,
    why,
    paysUntil: pays ? entries.length : narrowed ? chain.entries.length : chain.paysUntil,
  };
}

/** What an operator says whose rows are JavaScript values already. */
function behind(form: OperatorForm, why: string): string {
  const refusal = "operator" in form ? form.operator.refusal : undefined;
  return refusal?.reason ?? `could run in the kernel, but ${why}`;
}

/** A stage runs in the kernel as a whole or, behind what it reads and what is worth doing there, not at all. */
function finish(chain: Chain, stages: Entry[][], why: string | undefined): void {
  if (why !== undefined) {
    for (const entry of chain.entries.slice(chain.paysUntil)) {
      const reads = entry.form.kind === "input" || entry.role === "merge";
      if (entry.placement.runs === "kernel" && !reads) {
        entry.placement = { runs: "javascript", why: `could run in the kernel, but ${why}` };
      }
    }
  }
  stages.push([...chain.entries]);
}
