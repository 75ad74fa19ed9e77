import type { Dataset, JoinedSides } from "../plan/dataset.js";
import { narrowed, shuffled, united } from "../plan/dataset.js";
import type { JoinForm, NarrowOperator } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import type { Partitioner } from "../plan/partitioner.js";
import type { OperatorForm, StreamBatch, StreamOperator } from "../plan/stream-operator.js";
import { type Aggregator, CombineByKeyOperator } from "./combine-by-key.js";
import { asPair } from "./lambda.js";
import { OwnOperator } from "./own.js";
import { PartitionByOperator } from "./partition-by.js";
import { parentBatches } from "./union.js";

/** Values of a key, side by side. */
export type Sides = readonly [left: unknown[], right: unknown[]];

/** A value, and the side that it comes from: 0 or 1. */
type Sided = readonly [side: 0 | 1, value: unknown];

const sides: Aggregator = {
  create: (value) => addTo([[], []], value as Sided),
  mergeValue: (both, value) => addTo(both as Sides, value as Sided),
  mergeCombined: (both, more) => {
    for (const side of [0, 1] as const) for (const value of (more as Sides)[side]) (both as Sides)[side].push(value);
    return both;
  },
  own: (both) => [[...(both as Sides)[0]], [...(both as Sides)[1]]],
};

function addTo(both: Sides, [side, value]: Sided): Sides {
  both[side].push(value);
  return both;
}

/**
 * For every key of either dataset its values on the left and on the right. Keys in order of first arrival, those of the left partitions before those
 * of the right ones.
 */
export function cogrouped(left: Dataset, right: Dataset, operators: CogroupOperators): Dataset {
  return tagged(left, right, operators, { left, right, form: operators.form });
}

/** The rows of a join: as those of `cogrouped`, then its values each with each. */
export function joined(
  left: Dataset,
  right: Dataset,
  operators: CogroupOperators,
  form: ReturnType<typeof joinForm>,
): Dataset {
  return narrowed(tagged(left, right, operators, { left, right, form }), form.joining);
}

function tagged(left: Dataset, right: Dataset, { tags, group }: CogroupOperators, join: JoinedSides): Dataset {
  return shuffled(united([narrowed(left, tags[0]), narrowed(right, tags[1])]), group, join);
}

/** The operators of a cogroup: made once, used for each batch. */
export interface CogroupOperators {
  readonly tags: readonly [OwnOperator, OwnOperator];
  readonly group: CombineByKeyOperator;
  /** The same in the kernel. */
  readonly form: JoinForm;
}

export function cogroupOperators(origin: Origin, partitioner: Partitioner): CogroupOperators {
  const tag = (side: 0 | 1) =>
    new OwnOperator(origin.name, (row, push) => {
      const [key, value] = asPair(origin, row);
      push([key, [side, value]]);
    });
  return {
    tags: [tag(0), tag(1)],
    group: new CombineByKeyOperator({ origin, partitioner, aggregator: () => sides }),
    form: { dealt: new PartitionByOperator(origin, partitioner), keepsLeft: true, keepsRight: true },
  };
}

/** Which keys a join keeps, and what stands for a value that is not there. */
export type JoinKind = "inner" | "left" | "right" | "full";

/** The operators of a join, besides those of its cogroup: made once, used for each batch. */
export function joinForm(
  origin: Origin,
  partitioner: Partitioner,
  kind: JoinKind,
): JoinForm & { readonly joining: NarrowOperator } {
  return {
    dealt: new PartitionByOperator(origin, partitioner),
    joining: joining(origin.name, kind),
    keepsLeft: kind === "left" || kind === "full",
    keepsRight: kind === "right" || kind === "full",
  };
}

/** The cross product of the values of each key, the left ones first; `undefined` where an outer join finds nothing. */
export function joining(name: string, kind: JoinKind): OwnOperator {
  const keepsLeft = kind === "left" || kind === "full";
  const keepsRight = kind === "right" || kind === "full";
  return new OwnOperator(name, (row, push, control) => {
    const [key, [left, right]] = row as [unknown, Sides];
    const lefts = left.length === 0 && keepsRight ? NOTHING : left;
    const rights = right.length === 0 && keepsLeft ? NOTHING : right;
    for (const a of lefts) {
      for (const b of rights) {
        if (control.done) return;
        push([key, [a, b]]);
      }
    }
  });
}

const NOTHING: readonly undefined[] = [undefined];

/** A cogroup or join of the batches of two streams, both of which must have one. */
export class CogroupStream implements StreamOperator {
  readonly name: string;
  readonly forms: readonly OperatorForm[];
  readonly others: readonly OwnOperator[];
  readonly #operators: CogroupOperators;
  readonly #join: ReturnType<typeof joinForm> | undefined;

  constructor(origin: Origin, partitioner: Partitioner, kind?: JoinKind) {
    this.name = origin.name;
    this.#operators = cogroupOperators(origin, partitioner);
    this.others = this.#operators.tags;
    this.#join = kind && joinForm(origin, partitioner, kind);
    this.forms = [
      { kind: "union" },
      { kind: "shuffle", operator: this.#operators.group, join: this.#join ?? this.#operators.form },
      ...(this.#join ? [{ kind: "narrow", operator: this.#join.joining } as const] : []),
    ];
  }

  async compute(batch: StreamBatch): Promise<Dataset> {
    const [left, right] = await parentBatches(batch, this.name, 2);
    if (this.#join) return joined(left!, right!, this.#operators, this.#join);
    return cogrouped(left!, right!, this.#operators);
  }
}
