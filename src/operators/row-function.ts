import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import type { Expression, Refusal } from "../lowering/expression.js";
import type { Lambda } from "../lowering/row.js";
import type { Added, NarrowOperator, Sink, TaskControl } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { type FusedStep, type FusibleOperator, fuseSteps } from "./fused.js";
import { UserFunction } from "./lambda.js";

/** What operators have in common that are told by one function alone, which they call with each row. */
export abstract class RowFunctionOperator<F extends Lambda> implements NarrowOperator {
  readonly name: string;
  protected readonly origin: Origin;
  protected readonly fn: UserFunction<F>;

  constructor(origin: Origin, fn: F) {
    this.name = origin.name;
    this.origin = origin;
    this.fn = new UserFunction(origin, fn);
  }

  prepare(): void {
    this.fn.prepare();
  }

  identity(): readonly string[] {
    return [this.fn.identity];
  }

  isLike(other: NarrowOperator): boolean {
    return other instanceof RowFunctionOperator && other.constructor === this.constructor && this.fn.isLike(other.fn);
  }

  get refusal(): Refusal | undefined {
    return this.fn.refusal;
  }

  get form(): Expression | undefined {
    return this.fn.form;
  }

  agrees(row: unknown): boolean {
    return this.fn.agrees(row);
  }

  abstract addTo(rows: KernelRows): Added;

  abstract connect(next: Sink, control: TaskControl): Sink;
}

/** Of these, the operators that run as JavaScript in one loop with their neighbours. */
export abstract class FusedFunctionOperator<F extends Lambda>
  extends RowFunctionOperator<F>
  implements FusibleOperator
{
  abstract fusedStep(): FusedStep;

  connect(next: Sink, control: TaskControl): Sink {
    return fuseSteps([this.fusedStep()], next, control);
  }
}
