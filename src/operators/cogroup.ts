import { PlanError } from "../errors.js";
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
export type Sides = readonly unknown[][];

/** A value, and the side that it comes from. */
type Sided = readonly [side: number, value: unknown];

/** Datasets that are brought together at most. */
const SIDES_MAX = 4;

function sidesOf(count: number): Aggregator {
  return {
    create: (value) =>
      addTo(
        Array.from({ length: count }, () => []),
        value as Sided,
      ),
    mergeValue: (all, value) => addTo(all as Sides, value as Sided),
    mergeCombined: (all, more) => {
      for (const [side, values] of (more as Sides).entries())
        for (const value of values) (all as Sides)[side]!.push(value);
      return all;
    },
    own: (all) => (all as Sides).map((values) => [...values]),
  };
}

function addTo(all: Sides, [side, value]: Sided): Sides {
  all[side]!.push(value);
  return all;
}

/**
 * For every key of some dataset its values in each of them. Keys in order of first arrival, those of the partitions of a dataset before those of the
 * next one.
 */
export function cogrouped(sides: readonly Dataset[], operators: CogroupOperators): Dataset {
  return tagged(operators, { sides, form: operators.form });
}

/** The rows of a join: as those of `cogrouped`, then its values each with each. */
export function joined(
  left: Dataset,
  right: Dataset,
  operators: CogroupOperators,
  form: ReturnType<typeof joinForm>,
): Dataset {
  return narrowed(tagged(operators, { sides: [left, right], form }), form.joining);
}

function tagged({ tags, group }: CogroupOperators, join: JoinedSides): Dataset {
  const sides = join.sides.map((side, i) => narrowed(side, tags[i]!));
  return shuffled(united(sides), group, join);
}

/** Throws a `PlanError` "invalid-sides" where so many others cannot be brought together with one. */
export function checkSides(method: string, others: number): void {
  if (others >= 1 && others < SIDES_MAX) return;
  throw new PlanError(
    `${method} takes from 1 to ${SIDES_MAX - 1} others, got ${others}: group some of them first, then the result with the rest.`,
    { code: "invalid-sides", details: { got: others, max: SIDES_MAX - 1 } },
  );
}

/** The operators of a cogroup: made once, used for each batch. */
export interface CogroupOperators {
  /** One for each side. */
  readonly tags: readonly OwnOperator[];
  readonly group: CombineByKeyOperator;
  /** The same in the kernel. */
  readonly form: JoinForm;
}

export function cogroupOperators(origin: Origin, partitioner: Partitioner, count = 2): CogroupOperators {
  const tag = (side: number) =>
    new OwnOperator(origin.name, (row, push) => {
      const [key, value] = asPair(origin, row);
      push([key, [side, value]]);
    });
  const aggregator = sidesOf(count);
  return {
    tags: Array.from({ length: count }, (_, side) => tag(side)),
    group: new CombineByKeyOperator({ origin, partitioner, aggregator: () => aggregator }),
    form: { sides: count, dealt: new PartitionByOperator(origin, partitioner), keepsLeft: true, keepsRight: true },
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
    sides: 2,
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
    const [key, [left, right]] = row as [unknown, readonly [unknown[], unknown[]]];
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

/** A cogroup of the batches of some streams, or a join of two, all of which must have one. */
export class CogroupStream implements StreamOperator {
  readonly name: string;
  readonly forms: readonly OperatorForm[];
  readonly others: readonly OwnOperator[];
  readonly #operators: CogroupOperators;
  readonly #count: number;
  readonly #join: ReturnType<typeof joinForm> | undefined;

  constructor(origin: Origin, partitioner: Partitioner, kind?: JoinKind, count = 2) {
    this.name = origin.name;
    this.#count = count;
    this.#operators = cogroupOperators(origin, partitioner, count);
    this.others = this.#operators.tags;
    this.#join = kind && joinForm(origin, partitioner, kind);
    this.forms = [
      { kind: "union" },
      { kind: "shuffle", operator: this.#operators.group, join: this.#join ?? this.#operators.form },
      ...(this.#join ? [{ kind: "narrow", operator: this.#join.joining } as const] : []),
    ];
  }

  async compute(batch: StreamBatch): Promise<Dataset> {
    const sides = await parentBatches(batch, this.name, this.#count);
    if (this.#join) return joined(sides[0]!, sides[1]!, this.#operators, this.#join);
    return cogrouped(sides, this.#operators);
  }
}
