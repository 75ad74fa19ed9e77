import type { OrderRule } from "../kernel/order-key.js";
import type { KernelRows, KernelValue } from "../lowering/compile/kernel-rows.js";
import { needLowering } from "../lowering/door.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import type { OrderedBy } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { BIGINT, BOOLEAN, NULL, NUMBER, STRING } from "../plan/row-type.js";
import { isRefusal } from "./kernel-step.js";
import { UserFunction } from "./lambda.js";

type Comparator = (a: unknown, b: unknown) => number;

/** An order of rows, as JavaScript compares them and as the kernel does. */
export interface Ordering {
  readonly compare: Comparator;
  /** What the kernel orders by, or why it cannot. */
  keysOf(rows: KernelRows): readonly OrderedBy[] | Refusal;
  /** As `NarrowOperator.isLike`. */
  isLike?(other: Ordering): boolean;
  /** As `NarrowOperator.agrees`. */
  agrees?(row: unknown): boolean;
  /** As `NarrowOperator.refusal`. */
  readonly refusal?: Refusal | undefined;
}

/** As JavaScript's `<` says, strings by UTF-16 units; NaN and undefined last. */
export function compareAscending(a: unknown, b: unknown): number {
  return lastness(a) - lastness(b) || byLess(a, b);
}

/** The other way round; NaN and undefined are last here too. */
export function compareDescending(a: unknown, b: unknown): number {
  return lastness(a) - lastness(b) || byLess(b, a);
}

function byLess(a: unknown, b: unknown): number {
  if ((a as number) < (b as number)) return -1;
  return (b as number) < (a as number) ? 1 : 0;
}

function lastness(key: unknown): number {
  return key === undefined || (typeof key === "number" && Number.isNaN(key)) ? 1 : 0;
}

/** Rows by themselves, as JavaScript's `<` says. */
export function naturalOrdering(descends: boolean): Ordering {
  return descends ? DESCENDING : ASCENDING;
}

const ASCENDING: Ordering = { compare: compareAscending, keysOf: ({ row }) => naturalKeys(row, false) };
const DESCENDING: Ordering = { compare: compareDescending, keysOf: ({ row }) => naturalKeys(row, true) };

/** What the kernel orders by where rows are ordered by one value as JavaScript's `<` says. */
export function naturalKeys(value: KernelValue, descends: boolean): readonly OrderedBy[] | Refusal {
  if (value.kind !== "scalar") return refuse("arrays and objects are compared as text");
  return [{ value, descends, by: "value" }];
}

/** Rows by a comparator of the program's, or by what it says of them the other way round. Throws as `UserFunction`. */
export function givenOrdering(origin: Origin, comparator: Comparator, reverses: boolean): Ordering {
  return new GivenOrdering(new UserFunction(origin, comparator), reverses);
}

class GivenOrdering implements Ordering {
  readonly compare: Comparator;
  readonly #fn: UserFunction<Comparator>;
  readonly #reverses: boolean;

  constructor(fn: UserFunction<Comparator>, reverses: boolean) {
    const { call } = fn;
    this.#fn = fn;
    this.#reverses = reverses;
    this.compare = reverses ? (a, b) => call(b, a) : call;
  }

  isLike(other: Ordering): boolean {
    return other instanceof GivenOrdering && other.#reverses === this.#reverses && this.#fn.isLike(other.#fn);
  }

  agrees(row: unknown): boolean {
    return this.#fn.agrees(row, row);
  }

  get refusal(): Refusal | undefined {
    return this.#fn.refusal;
  }

  keysOf(rows: KernelRows): readonly OrderedBy[] | Refusal {
    const { lowering } = this.#fn;
    const compared = lowering.ok ? needLowering().keysCompared(lowering.expression) : lowering;
    if ("ok" in compared) return compared;
    const keys: OrderedBy[] = [];
    for (const { key, descends, by, isOfOneType } of compared) {
      const value = rows.apply(key, [rows.row]);
      if (isRefusal(value)) return value;
      if (value.kind !== "scalar" || (isOfOneType && !hasOneType(value.tags)))
        return refuse("compares values of several types");
      if (!canCompare(value.tags, by)) return refuse("compares what is not of one type");
      keys.push({ value, descends: descends !== this.#reverses, by });
    }
    return keys;
  }
}

const AS_NUMBERS = NUMBER.tags | BOOLEAN.tags | NULL.tags;

/** Whether values of these types can have an order by a comparator at all. */
function canCompare(tags: number, by: OrderRule): boolean {
  return (tags & AS_NUMBERS) !== 0 || (by !== "difference" && (tags & (STRING.tags | BIGINT.tags)) !== 0);
}

function hasOneType(tags: number): boolean {
  return tags === NUMBER.tags || tags === STRING.tags || tags === BIGINT.tags || tags === BOOLEAN.tags;
}
