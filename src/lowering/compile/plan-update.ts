import {
  BIGINT,
  BOOLEAN,
  leavesOf,
  NUMBER,
  type RowType,
  type ScalarType,
  scalarOf,
  UNDEFINED,
} from "../../block/row-type.js";
import type { StateUpdatePlan } from "../../plan/state-update.js";
import { type AggregateOp, aggregatesOf } from "../aggregate.js";
import { choose } from "../build.js";
import { type Expression, type Refusal, refuse } from "../expression.js";
import { KEY, STATE, SUMMARIES, type Summary, type ValuesUpdate, withoutChecks } from "../values-update.js";
import { beginRows } from "./begin-rows.js";
import { hasList, type KernelRows, type KernelValue, scalarsOf, typeOf } from "./kernel-rows.js";
import { isOptional } from "./optional.js";

const NOTHING: Expression = { kind: "literal", value: undefined };
const ARGUMENT: Expression = { kind: "parameter", index: 0 };
const VALUE: Expression = { kind: "parameter", index: 1 };

/** Thrown inside, and caught by `planUpdate`. */
class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

/** How the kernel updates a state of pairs by records that are pairs, of these types; or why it cannot. */
export function planUpdate(
  update: ValuesUpdate,
  records: RowType | undefined,
  state: RowType | undefined,
): StateUpdatePlan | Refusal {
  try {
    return new UpdatePlanner(update, records, state).plan();
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

function given<T extends object>(value: T | Refusal): T {
  if ("ok" in value && value.ok === false) throw new Refused(value as Refusal);
  return value as T;
}

/** The pairs of one program: key and value, or key and state. */
interface Side {
  readonly rows: KernelRows;
  readonly key: KernelValue;
  readonly value: KernelValue;
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
    if (keys.some((key) => key.kind === "list")) throw new Refused(refuse("the kernel has no lists as keys"));
    this.#key = keys.reduce(mergedType);
  }

  plan(): StateUpdatePlan {
    const { summaries, result, readsState } = this.#update;
    const parts = summaries.map((summary) => this.#add(summary));
    const own = parts.length === 1 ? parts[0] : undefined;
    const isWhole = result.kind === "parameter" && result.index === SUMMARIES && !own!.isOfRecords;
    const made: RowType | undefined = isWhole && !mayBeUndefined(own!.type) ? own!.type : undefined;
    const records = made || !parts.some(({ isOfRecords }) => isOfRecords) ? undefined : this.#addFlag("records");
    const known = made || !readsState || !this.#before ? undefined : this.#addFlag("known");
    const state = known === undefined ? undefined : this.#addState();
    const grouped: RowType = { kind: "tuple", items: [this.#key, ...this.#cells.map(({ type }) => type)] };
    const after = made ? undefined : this.#after(grouped, parts, { records, known, state });
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
      type: made ? { kind: "tuple", items: [this.#key, made] } : typeOf(after!.row),
    };
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
      if (brought.kind !== "scalar") throw new Refused(refuse("the kernel reduces values to values of the same shape"));
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

  /** The pairs, made of the rows of the groups. */
  #after(
    grouped: RowType,
    parts: readonly Part[],
    places: { records: number | undefined; known: number | undefined; state: number | undefined },
  ): KernelRows {
    const rows = beginRows({ frame: grouped });
    const [key, ...cells] = (rows.row as Extract<KernelValue, { kind: "tuple" }>).items as [KernelValue, ...Scalar[]];
    const side: Side = { rows, key, value: key };
    const nothing = constantOf(side, undefined);
    const where = (flag: number | undefined, value: KernelValue) =>
      flag === undefined ? nothing : given(rows.apply(WHERE, [cells[flag]!, value]));
    let next = 0;
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
    return rows;
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
const IS_THERE: Expression = { kind: "binary", operator: "!==", left: ARGUMENT, right: NOTHING };

function sideOf(type: RowType): Side {
  const rows = beginRows({ frame: type });
  const { row } = rows;
  if (row.kind !== "tuple" || row.items.length !== 2) throw new Refused(refuse("the rows are not pairs"));
  const [key, value] = row.items as [KernelValue, KernelValue];
  return { rows, key, value };
}

function constantOf({ rows }: Side, value: number | boolean | undefined): KernelValue {
  return given(rows.apply({ kind: "literal", value }, []));
}

/** A value that can be laid out in columns. */
function columnsOf(value: KernelValue | Refusal): KernelValue {
  const made = given(value);
  if (hasList(made)) throw new Refused(refuse("the kernel keeps no lists, nor objects that may be missing, by key"));
  return made;
}

/** Leaves the keys whose new state is not undefined; returns the state then. */
function keptState(rows: KernelRows, state: KernelValue): KernelValue {
  if (state.kind === "scalar") {
    if (!(state.tags & UNDEFINED.tags)) return state;
    const refusal = rows.filter(given(rows.apply(IS_THERE, [state])));
    if (refusal) throw new Refused(refusal);
    return { ...state, tags: state.tags & ~UNDEFINED.tags };
  }
  if (!isOptional(state)) return columnsOf(state);
  if (state.list.missing.tags !== UNDEFINED.tags) throw new Refused(refuse("the state may be null or an object"));
  rows.setRow(state);
  // Objects are truthy.
  const refusal = rows.filter(state);
  if (refusal) throw new Refused(refusal);
  return columnsOf(rows.row);
}

/** What stands in a cell for a value that is not there: cells of numbers alone are half as wide. */
function placeholder({ tags }: ScalarType): 0 | undefined {
  return tags === NUMBER.tags ? 0 : undefined;
}

function placeholderType({ tags }: ScalarType): ScalarType {
  return scalarOf(tags === NUMBER.tags ? tags : tags | UNDEFINED.tags);
}

function mayBeUndefined(type: RowType): boolean {
  return type.kind === "scalar" && (type.tags & UNDEFINED.tags) !== 0;
}

/** The type of values that are of one type or of another one of the same shape. */
function mergedType(a: RowType, b: RowType): RowType {
  const leaves = [leavesOf(a), leavesOf(b)] as const;
  const types = leaves[0].map(({ tags }, i) => scalarOf(tags | (leaves[1][i]?.tags ?? 0)));
  if (!sameShape(a, b)) throw new Refused(refuse("the state is of another shape than before"));
  return withLeaves(a, types);
}

function sameShape(a: RowType, b: RowType): boolean {
  if (a.kind === "tuple" && b.kind === "tuple") {
    return a.items.length === b.items.length && a.items.every((item, i) => sameShape(item, b.items[i]!));
  }
  if (a.kind === "record" && b.kind === "record") {
    const [these, those] = [a.fields, b.fields];
    return (
      these.length === those.length &&
      these.every(([name, field], i) => name === those[i]![0] && sameShape(field, those[i]![1]))
    );
  }
  return a.kind === "scalar" && b.kind === "scalar";
}

/** The type with other leaves. */
function withLeaves(type: RowType, leaves: readonly ScalarType[]): RowType {
  let next = 0;
  const of = (part: RowType): RowType => {
    if (part.kind === "tuple") return { kind: "tuple", items: part.items.map(of) };
    if (part.kind === "record") {
      return { kind: "record", fields: part.fields.map(([name, field]) => [name, of(field)] as const) };
    }
    return leaves[next++]!;
  };
  return of(type);
}

/** A value of a type, whose leaves have the tags that the type says. */
function shaped(type: RowType, next: () => Scalar): KernelValue {
  switch (type.kind) {
    case "scalar":
      return { ...next(), tags: type.tags };
    case "tuple":
      return { kind: "tuple", items: type.items.map((item) => shaped(item, next)) };
    case "record":
      return { kind: "record", fields: type.fields.map(([name, field]) => [name, shaped(field, next)] as const) };
    case "list":
      throw new Error("A list is not laid out in columns.");
  }
}
