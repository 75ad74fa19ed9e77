import type { Refusal } from "../lowering/expression.js";
import type { BatchInput } from "./batch-input.js";
import { coalesced, type Dataset, narrowed, shuffled } from "./dataset.js";
import type { DurableState } from "./durable-state.js";
import type { Lineage } from "./lineage.js";
import type { JoinForm, NarrowOperator, ShuffleOperator } from "./operator.js";
import type { RowType } from "./row-type.js";
import type { BatchScope } from "./scope.js";

/** What a stream does at each of its batch times. Immutable; what a stateful one keeps lies in its state. */
export interface StreamOperator {
  /** The kind of operator in Spark's words. */
  readonly name: string;
  /** What its rows go through, for `explain()`. */
  readonly forms: readonly OperatorForm[];
  /** What the rows of its last batch went through, where a function of the program's decides that for each batch; then the forms say nothing. */
  lineage?(): Lineage | undefined;
  /** The batch, or undefined where there is none. Nothing of it has run. */
  compute(batch: StreamBatch): Dataset | undefined | Promise<Dataset | undefined>;
  /** Called when the graph starts. Throws where something about the operator is wrong. */
  prepare?(): void;
  /** As `NarrowOperator.identity`, besides that of the operators in its forms. */
  identity?(): readonly string[];
  /** Operators that rows go through and that none of the forms has. */
  readonly others?: readonly NarrowOperator[];
  /** How far back it looks at its parents, in milliseconds: the length of a window. */
  readonly windowMs?: number;
  /** Its batches are made from earlier ones of its own, which have to be saved now and then. */
  readonly isStateful?: boolean;
  /** What tells it from others of its name, besides its window: part of the name by which a checkpoint finds it. */
  readonly variant?: string;
  /** What a checkpoint keeps of it. */
  readonly durable?: DurableState;
  /** No batch up to `timeMs` is computed or run any more: gives back what the operator keeps for those besides its batches. */
  doneUpTo?(timeMs: number, release: (scope: BatchScope) => void): void;
}

/** What an operator may ask for while it computes a batch. */
export interface StreamBatch {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The batch of a parent: at `time`, or at an earlier time that is remembered. */
  parent(index?: number, time?: number): Promise<Dataset | undefined>;
  /** The times of the parent's batches in (begin, end] that this context has, oldest first. */
  parentTimes(beginMs: number, endMs: number): number[];
}

/** How the rows of a stream are made of those of its parents. */
export type OperatorForm =
  | {
      readonly kind: "input";
      readonly about: string;
      /** Its rows may be JavaScript values: a stage that is placed in the kernel runs there only if they are of one type that it knows. */
      readonly holdsRows: boolean;
      /** The type of its rows, where that is declared. */
      readonly type?: RowType;
    }
  | { readonly kind: "union" }
  | Step
  /** Made on the host's thread from all that comes before. */
  | {
      readonly kind: "stage";
      /** Where it is not the operator's own. */
      readonly name?: string;
      readonly why: string;
      /** What its rows go through is known later. */
      readonly isOpen?: boolean;
      /** What the kernel does in its place, where it can. */
      readonly how?: string;
      /** What the kernel makes in its place of rows of a type, or why it does not; of rows that lie in columns by partition. */
      typeFor?(rows: RowType): RowType | Refusal;
      /** What of it lies in the kernel all the same where it runs as JavaScript; of rows of a type, undefined: of JavaScript values. */
      keeps?(rows: RowType | undefined): string | undefined;
    }
  /** Batches of the past merged by key. */
  | { readonly kind: "merge"; readonly operator: ShuffleOperator; readonly why: string };

/** A state that the kernel may update by records. */
export interface UpdateForm {
  readonly deal: ShuffleOperator;
  /** The type of the state's rows for records of a type, or why the kernel does not do it. */
  typeFor(records: RowType): RowType | Refusal;
}

/** What a dataset goes through. */
export type Step =
  | { readonly kind: "narrow"; readonly operator: NarrowOperator }
  /** `join`: its rows are those of two parents, and are joined next. */
  | {
      readonly kind: "shuffle";
      readonly operator: ShuffleOperator;
      readonly join?: JoinForm | undefined;
      /** A state that the rows update next: the kernel takes them as they are. */
      readonly update?: UpdateForm | undefined;
    }
  | { readonly kind: "coalesce"; readonly count: number };

export function applySteps(dataset: Dataset, steps: readonly Step[]): Dataset {
  let result = dataset;
  for (const step of steps) {
    if (step.kind === "narrow") result = narrowed(result, step.operator);
    else if (step.kind === "shuffle") result = shuffled(result, step.operator);
    else result = coalesced(result, step.count);
  }
  return result;
}

/** An input stream: its batches come from outside. */
export class InputOperator implements StreamOperator {
  readonly name: string;
  readonly forms: readonly OperatorForm[];
  readonly input: BatchInput;

  constructor(name: string, form: Extract<OperatorForm, { kind: "input" }>, input: BatchInput) {
    this.name = name;
    this.forms = [form];
    this.input = input;
  }

  /** Inputs are taken at batch times; what no batch has taken is no batch. */
  compute(): undefined {}
}

/** Each batch of the parent through steps. */
export class ChainOperator implements StreamOperator {
  readonly name: string;
  readonly forms: readonly Step[];

  constructor(name: string, steps: readonly Step[]) {
    this.name = name;
    this.forms = steps;
  }

  prepare(): void {
    for (const step of this.forms) if (step.kind !== "coalesce") step.operator.prepare();
  }

  async compute(batch: StreamBatch): Promise<Dataset | undefined> {
    const parent = await batch.parent();
    return parent && applySteps(parent, this.forms);
  }
}
