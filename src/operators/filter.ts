import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import type { Added } from "../plan/operator.js";
import type { FusedStep } from "./fused.js";
import { applied, isRefusal } from "./kernel-step.js";
import { FusedFunctionOperator } from "./row-function.js";

/** The rows for which a function returns something truthy. */
export class FilterOperator extends FusedFunctionOperator<(row: unknown) => unknown> {
  addTo(rows: KernelRows): Added {
    const test = applied(rows, this.fn.lowering);
    if (isRefusal(test)) return test;
    return rows.filter(test) ?? { ok: true, how: "tested in vectors", pays: "always" };
  }

  fusedStep(): FusedStep {
    return { kind: "filter", fn: this.fn.call, origin: this.origin };
  }
}
