import { abi } from "#kernel";
import { columnKinds, leavesOf, NUMBER } from "../block/row-type.js";
import type { KeyShape } from "../kernel/group-spec.js";
import { type KernelRows, scalarsOf, typeOf } from "../lowering/compile/kernel-rows.js";
import type { SlidePlan } from "../plan/slide.js";
import type { GroupedRows } from "../plan/state-update.js";
import type { GroupingProgram, SlideWork } from "./task.js";

/** The programs of a slide, built. */
type Built = Pick<SlideWork, "before" | "leaving" | "entering" | "grouped" | "after" | "type">;

const plansBuilt = new WeakMap<SlidePlan, Built>();

/** The programs of a plan, built once. */
export function builtSlide(plan: SlidePlan): Built {
  let built = plansBuilt.get(plan);
  if (built === undefined) {
    const { before, leaving, entering, grouped, after, type } = plan;
    built = {
      before: before && grouping(plan, before),
      leaving: leaving && grouping(plan, leaving),
      entering: entering && grouping(plan, entering),
      grouped,
      after: after && collecting(after),
      type,
    };
    plansBuilt.set(plan, built);
  }
  return built;
}

function grouping({ key, aggregates }: SlidePlan, { rows, inputs }: GroupedRows): GroupingProgram {
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

function collecting(rows: KernelRows): NonNullable<SlideWork["after"]> {
  const { program, inputs, sink } = rows.build({ op: abi.OP_COLLECT, inputs: scalarsOf(rows.row) });
  const kinds = columnKinds(typeOf(rows.row));
  const columns = inputs.map((register, i) => ({ register, kind: kinds[i]! }));
  return { program, options: { instruction: sink, columns, partitioning: { by: "one" } } };
}
