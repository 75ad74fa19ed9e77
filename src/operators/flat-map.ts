import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import type { Added } from "../plan/operator.js";
import type { FusedStep } from "./fused.js";
import { applied, isRefusal } from "./kernel-step.js";
import { FusedFunctionOperator } from "./row-function.js";

/** The elements of what a function returns for each row. */
export class FlatMapOperator extends FusedFunctionOperator<(row: unknown) => Iterable<unknown>> {
  get fieldsRead(): readonly string[] | undefined {
    return this.fn.fieldsRead;
  }

  addTo(rows: KernelRows): Added {
    const list = applied(rows, this.fn.lowering);
    if (isRefusal(list)) return list;
    return rows.expand(list) ?? { ok: true, how: "expanded in vectors" };
  }

  fusedStep(): FusedStep {
    return { kind: "flatMap", fn: this.fn.call, origin: this.origin };
  }
}
