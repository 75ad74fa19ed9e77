import { abi } from "#kernel";
import { columnKinds, leavesOf, NUMBER, type RowType } from "../block/row-type.js";
import type { KeyShape } from "../kernel/group-spec.js";
import { type KernelRows, scalarsOf } from "../lowering/compile/kernel-rows.js";
import type { GroupedRows, StateUpdatePlan } from "../plan/state-update.js";
import type { CollectingProgram, GroupingProgram, StateWork } from "./task.js";

/** The programs of an update, built. */
type Built = Pick<StateWork, "before" | "records" | "grouped" | "after" | "type" | "sparse">;

const plansBuilt = new WeakMap<StateUpdatePlan, Built>();

/** The programs of a plan, built once. */
export function builtOf(plan: StateUpdatePlan): Built {
  let built = plansBuilt.get(plan);
  if (built === undefined) {
    const { before, records, grouped, after, type, sparse } = plan;
    built = {
      before: before && grouping(plan, before),
      records: records && grouping(plan, records),
      grouped,
      after: after && collecting(after, type),
      type,
      sparse: sparse && {
        before: grouping(plan, sparse.before),
        merged: collecting(sparse.merged, type),
        fresh: collecting(sparse.fresh, type),
      },
    };
    plansBuilt.set(plan, built);
  }
  return built;
}

/** Groups rows as a plan says: the leaves of the key first, then each aggregate's first value and the others. */
export function grouping(
  { key, aggregates }: Pick<StateUpdatePlan, "key" | "aggregates">,
  { rows, inputs }: GroupedRows,
): GroupingProgram {
  const { program, inputs: registers, sink } = rows.build({ op: abi.OP_GROUP, inputs });
  const keys = leavesOf(key).length;
  return {
    program,
    instruction: sink,
    spec: {
      key: key as KeyShape,
      keyRegisters: registers.slice(0, keys),
      aggregates: aggregates.map(({ op, type }, i) => ({
        op,
        first: registers[keys + 2 * i]!,
        value: registers[keys + 2 * i + 1]!,
        isNumber: type.tags === NUMBER.tags,
      })),
    },
  };
}

/** Collects rows, of this type, into one partition. */
export function collecting(rows: KernelRows, type: RowType): CollectingProgram {
  const { program, inputs, sink } = rows.build({ op: abi.OP_COLLECT, inputs: scalarsOf(rows.row) });
  const kinds = columnKinds(type);
  const columns = inputs.map((register, i) => ({ register, kind: kinds[i]! }));
  return { program, options: { instruction: sink, columns, partitioning: { by: "one" } } };
}
