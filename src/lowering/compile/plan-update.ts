import { BIGINT, BOOLEAN, type RowType, type ScalarType, sameType, scalarOf, UNDEFINED } from "../../block/row-type.js";
import type { StateUpdatePlan } from "../../plan/state-update.js";
import { type AggregateOp, aggregatesOf } from "../aggregate.js";
import { choose } from "../build.js";
import type { Expression, Refusal } from "../expression.js";
import { given, orRefusal, Refused } from "../refused.js";
import { KEY, STATE, SUMMARIES, type Summary, type ValuesUpdate, withoutChecks } from "../values-update.js";
import { beginRows } from "./begin-rows.js";
import { type KernelRows, type KernelValue, scalarsOf, typeOf } from "./kernel-rows.js";
import { columnsOf, constantOf, keptState, type Side, sideOf } from "./update-sides.js";
import { mayBeUndefined, mergedType, placeholder, placeholderType, shaped, withLeaves } from "./update-types.js";

const NOTHING: Expression = { kind: "literal", value: undefined };
const ARGUMENT: Expression = { kind: "parameter", index: 0 };
const VALUE: Expression = { kind: "parameter", index: 1 };

/** How the kernel updates a state of pairs by records that are pairs, of these types; or why it cannot. */
export function planUpdate(
  update: ValuesUpdate,
  records: RowType | undefined,
  state: RowType | undefined,
): StateUpdatePlan | Refusal {
  return orRefusal(() => {
    const plan = new UpdatePlanner(update, records, state).plan();
    if (records === undefined || state === undefined || plan.key.kind !== "scalar") return plan;
    const sparse = sparseOf(update, records, state, plan);
    return sparse ? { ...plan, sparse } : plan;
  });
}

/** As `planUpdate`, for few records; undefined where values of the state may be others than the cells hold. */
function sparseOf(
  update: ValuesUpdate,
  records: RowType,
  state: RowType,
  { grouped, type }: StateUpdatePlan,
): StateUpdatePlan["sparse"] {
  const touched = new UpdatePlanner(update, records, state);
  touched.keepFound();
  const { before } = touched.plan();
  const untouched = new UpdatePlanner(update, records, state);
  const merged = untouched.merged();
  const isAlike = merged !== undefined && sameType(typeOf(merged.row), type);
  return isAlike
    ? { before: before!, merged, fresh: new UpdatePlanner(update, records, state).made(grouped) }
    : undefined;
}

/** What an aggregate of the groups is made of on both sides. */
interface Cell {
  readonly op: AggregateOp;
  readonly type: ScalarType;
  /** What a key of the state begins with. */
  readonly before: KernelValue | undefined;
  /** What a new key begins with, and what is brought in. */
  readonly first: KernelValue | undefined;
  readonly value: KernelValue | undefined;
}

/** What a value of the groups is put together from. */
interface Part {
  readonly type: RowType;
  /** Whether it is there only where the key has had records. */
  readonly isOfRecords: boolean;
}

/** What the state is put together from: parts, or one of them as it is; flags and the state before by the places of their cells. */
interface Shape {
  readonly parts: readonly Part[];
  readonly whole: RowType | undefined;
  readonly places: {
    readonly records: number | undefined;
    readonly known: number | undefined;
    readonly state: number | undefined;
  };
}

class UpdatePlanner {
  readonly #update: ValuesUpdate;
  readonly #before: Side | undefined;
  readonly #records: Side | undefined;
  readonly #cells: Cell[] = [];
  readonly #key: RowType;

  constructor(update: ValuesUpdate, records: RowType | undefined, state: RowType | undefined) {
    this.#update = update;
    this.#records = records && sideOf(records);
    this.#before = state && sideOf(state);
    const keys = [this.#records?.key, this.#before?.key].filter((key) => key !== undefined).map(typeOf);
    if (keys.some((key) => key.kind === "list")) throw new Refused("the kernel has no lists as keys");
    this.#key = keys.reduce(mergedType);
  }

  plan(): StateUpdatePlan {
    const shape = this.#shape();
    const grouped: RowType = { kind: "tuple", items: [this.#key, ...this.#cells.map(({ type }) => type)] };
    const after = shape.whole ? undefined : this.#after(grouped, shape);
    return {
      key: this.#key,
      aggregates: this.#cells.map(({ op, type }) => ({ op, type })),
      before: this.#before && {
        rows: this.#before.rows,
        inputs: [this.#before.key, ...this.#cells.flatMap(({ before }) => [before!, before!])],
      },
      records: this.#records && {
        rows: this.#records.rows,
        inputs: [this.#records.key, ...this.#cells.flatMap(({ first, value }) => [first!, value!])],
      },
      grouped,
      after,
      type: shape.whole ? { kind: "tuple", items: [this.#key, shape.whole] } : typeOf(after!.row),
    };
  }

  /** Leaves of the pairs of the state those alone whose key a table has, before anything else. */
  keepFound(): void {
    const { rows, key } = this.#before!;
    const refusal = rows.filter(given(rows.find(key, [])).isThere);
    if (refusal) throw new Refused(refusal);
  }

  /**
   * Makes the new pairs of the pairs of the state, where a table has the rows of the groups that records have come to. Undefined where a value of the
   * state may be none that the cells hold: the groups see that, this would not.
   */
  merged(): KernelRows | undefined {
    const shape = this.#shape();
    const side = this.#before!;
    if (this.#cells.some(({ before, type }) => scalarsOf(before!).some(({ tags }) => tags & ~type.tags)))
      return undefined;
    const found = given(
      side.rows.find(
        side.key,
        this.#cells.map(({ type }) => type),
      ),
    );
    const cells = this.#cells.map(({ before, type }, i) => {
      const there = { ...(found.columns[i] as Scalar), tags: type.tags };
      return given(side.rows.apply(EITHER, [found.isThere, there, before!])) as Scalar;
    });
    this.#pairs(side, cells, shape);
    return side.rows;
  }

  /** Makes pairs of the rows of the groups. */
  made(grouped: RowType): KernelRows {
    const shape = this.#shape();
    return this.#after(grouped, shape);
  }

  /** What the cells are, and what the state is put together from. */
  #shape(): Shape {
    const { summaries, result, readsState } = this.#update;
    const parts = summaries.map((summary) => this.#add(summary));
    const own = parts.length === 1 ? parts[0] : undefined;
    const isWhole = result.kind === "parameter" && result.index === SUMMARIES && !own!.isOfRecords;
    const whole = isWhole && !mayBeUndefined(own!.type) ? own!.type : undefined;
    const records = whole || !parts.some(({ isOfRecords }) => isOfRecords) ? undefined : this.#addFlag("records");
    const known = whole || !readsState || !this.#before ? undefined : this.#addFlag("known");
    const state = known === undefined ? undefined : this.#addState();
    return { parts, whole, places: { records, known, state } };
  }

  #add(summary: Summary): Part {
    return summary.kind === "last" ? this.#addLast(summary.value) : this.#addFold(summary);
  }

  #addFold({ initial, body }: Extract<Summary, { kind: "fold" }>): Part {
    const before = this.#before && this.#applied(this.#before, initial, this.#before.value);
    const side = this.#records;
    if (side === undefined) {
      for (const leaf of scalarsOf(before!)) {
        this.#cells.push({ op: "first", type: leaf, before: leaf, first: undefined, value: undefined });
      }
      return { type: typeOf(before!), isOfRecords: false };
    }
    const from = this.#applied(side, initial, constantOf(side, undefined));
    const first = columnsOf(side.rows.apply(body, [from, side.value, side.key]));
    const type = before ? mergedType(typeOf(first), typeOf(before)) : typeOf(first);
    const mayThrow = [side.value, first].flatMap(scalarsOf).some(({ tags }) => tags & BIGINT.tags);
    const made = mayThrow ? body : withoutChecks(body, side.value.kind !== "scalar");
    const aggregates = aggregatesOf(made, type);
    if ("ok" in aggregates) throw new Refused(aggregates);
    const [firsts, befores] = [scalarsOf(first), before && scalarsOf(before)];
    const types: ScalarType[] = [];
    for (const [i, { op, value, type: after }] of aggregates.entries()) {
      const brought = columnsOf(side.rows.apply(value, [first, side.value, side.key]));
      if (brought.kind !== "scalar") throw new Refused("the kernel reduces values to values of the same shape");
      const isEither = op === "first" || op === "last" || op === "and" || op === "or";
      const tags = (befores?.[i]?.tags ?? 0) | firsts[i]!.tags;
      const leaf = isEither ? scalarOf(tags | brought.tags) : after;
      types.push(leaf);
      this.#cells.push({ op, type: leaf, before: befores?.[i], first: firsts[i]!, value: brought });
    }
    return { type: withLeaves(type, types), isOfRecords: false };
  }

  #addLast(expression: Expression): Part {
    const side = this.#records;
    // Without records there is no last one: whatever stands for it is not looked at.
    if (side === undefined) return { type: UNDEFINED, isOfRecords: true };
    const value = columnsOf(side.rows.apply(expression, [side.key, side.value, side.key]));
    for (const leaf of scalarsOf(value)) {
      const type = placeholderType(leaf);
      const before = this.#before && constantOf(this.#before, placeholder(type));
      this.#cells.push({ op: "last", type, before, first: leaf, value: leaf });
    }
    return { type: typeOf(value), isOfRecords: true };
  }

  /** A column that tells keys which have had records, or which were known. Returns its place. */
  #addFlag(of: "records" | "known"): number {
    const constant = (side: Side | undefined, value: boolean) => side && constantOf(side, value);
    this.#cells.push({
      op: of === "records" ? "last" : "first",
      type: BOOLEAN,
      before: constant(this.#before, of === "known"),
      first: constant(this.#records, of === "records"),
      value: constant(this.#records, of === "records"),
    });
    return this.#cells.length - 1;
  }

  /** The state as it was. Returns the place of its first leaf. */
  #addState(): number {
    const at = this.#cells.length;
    for (const leaf of scalarsOf(this.#before!.value)) {
      const type = this.#records ? placeholderType(leaf) : leaf;
      const first = this.#records && constantOf(this.#records, placeholder(type));
      this.#cells.push({ op: "first", type, before: leaf, first, value: first });
    }
    return at;
  }

  #after(grouped: RowType, shape: Shape): KernelRows {
    const rows = beginRows({ frame: grouped });
    const [key, ...cells] = (rows.row as Extract<KernelValue, { kind: "tuple" }>).items as [KernelValue, ...Scalar[]];
    this.#pairs({ rows, key, value: key }, cells, shape);
    return rows;
  }

  /** Makes the rows of a side the pairs that come of what lies in the cells. */
  #pairs(side: Side, cells: readonly Scalar[], { parts, whole, places }: Shape): void {
    const { rows, key } = side;
    let next = 0;
    if (whole) {
      rows.setRow({ kind: "tuple", items: [key, shaped(whole, () => cells[next++]!)] });
      return;
    }
    const nothing = constantOf(side, undefined);
    const where = (flag: number | undefined, value: KernelValue) =>
      flag === undefined ? nothing : given(rows.apply(WHERE, [cells[flag]!, value]));
    const summaries = parts.map(({ type, isOfRecords }) => {
      if (isOfRecords && !this.#records) return nothing;
      const value = shaped(type, () => cells[next++]!);
      return isOfRecords ? where(places.records, value) : value;
    });
    const { state } = places;
    let leaf = state ?? 0;
    const before =
      state === undefined
        ? nothing
        : where(
            places.known,
            shaped(typeOf(this.#before!.value), () => cells[leaf++]!),
          );
    const result = given(rows.apply(this.#update.result, [nothing, before, key, ...summaries]));
    const left = keptState(rows, result);
    rows.setRow({ kind: "tuple", items: [key, left] });
  }

  /** What an expression on state and key is for the pairs of a side. */
  #applied({ rows, key }: Side, expression: Expression, state: KernelValue): KernelValue {
    const args: KernelValue[] = [];
    args[STATE] = state;
    args[KEY] = key;
    args[0] = key;
    return columnsOf(rows.apply(expression, args));
  }
}

type Scalar = Extract<KernelValue, { kind: "scalar" }>;

/** `flag ? value : undefined`. */
const WHERE = choose(ARGUMENT, VALUE, NOTHING);
/** `test ? one : other`. */
const EITHER = choose(ARGUMENT, VALUE, { kind: "parameter", index: 2 });
