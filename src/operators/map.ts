import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import type { Added } from "../plan/operator.js";
import type { FusedStep } from "./fused.js";
import { applied, mapTo } from "./kernel-step.js";
import { FusedFunctionOperator } from "./row-function.js";

/** One row for each row. */
export class MapOperator extends FusedFunctionOperator<(row: unknown) => unknown> {
  get fieldsRead(): readonly string[] | undefined {
    return this.fn.fieldsRead;
  }

  addTo(rows: KernelRows): Added {
    return mapTo(rows, applied(rows, this.fn.lowering), "computed in vectors");
  }

  fusedStep(): FusedStep {
    return { kind: "map", fn: this.fn.call, origin: this.origin };
  }
}
