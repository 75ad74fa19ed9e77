import { NUMBER, type RowType, type ScalarType, scalarOf } from "../../block/row-type.js";
import type { SlidePlan, SlideTypes } from "../../plan/slide.js";
import type { GroupedRows } from "../../plan/state-update.js";
import { type Aggregate, aggregatesOf } from "../aggregate.js";
import { choose, FALSE, literal, TRUE } from "../build.js";
import { type Expression, type Refusal, refuse } from "../expression.js";
import { beginRows } from "./begin-rows.js";
import { hasList, type KernelRows, type KernelValue, scalarsOf, typeOf } from "./kernel-rows.js";
import { unionOf } from "./state-programs.js";

/** The functions of a window with an inverse. */
export interface SlideFunctions {
  readonly fn: Expression;
  readonly inverse: Expression;
  readonly filter: Expression | undefined;
}

type Scalar = Extract<KernelValue, { kind: "scalar" }>;

/** Thrown inside, and caught by `planSlide`. */
class SlideRefused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

/**
 * How the kernel slides a window of values of these types; or why it cannot. It does where reducer and inverse do one thing to each leaf of the values,
 * with other operands: `a - b` is `a + -b`.
 */
export function planSlide(functions: SlideFunctions, types: SlideTypes): SlidePlan | Refusal {
  try {
    return planned(functions, types);
  } catch (error) {
    if (error instanceof SlideRefused) return error.refusal;
    throw error;
  }
}

/** Pairs of one program, and in how many panes the key of each is. */
interface Side {
  readonly rows: KernelRows;
  readonly key: KernelValue;
  readonly value: KernelValue;
  readonly panes: KernelValue;
}

/** What is brought into the cell of a leaf, or begins it. */
interface Brought {
  readonly first: Scalar;
  readonly value: Scalar;
}

function planned({ fn, inverse, filter }: SlideFunctions, types: SlideTypes): SlidePlan {
  const isCounted = filter !== undefined;
  const before = types.state && stateSide(types.state, isCounted);
  const leaving = types.leaving && paneSide(types.leaving, -1);
  const entering = types.entering && paneSide(types.entering, 1);
  const sides = [before, leaving, entering].filter((side) => side !== undefined);
  if (sides.length === 0) throw new SlideRefused(refuse("there is nothing to reduce"));
  const key = sides.map((side) => typeOf(side.key)).reduce(merged);
  const value = sides.map((side) => typeOf(side.value)).reduce(merged);
  const [enters, leaves] = [given(aggregatesOf(fn, value)), given(aggregatesOf(inverse, value))];
  if (!enters.every(({ op }, i) => op === leaves[i]!.op)) {
    throw new SlideRefused(refuse("the kernel knows the inverse of sums alone"));
  }
  const columns = [
    before && scalarsOf(before.value).map((leaf): Brought => ({ first: leaf, value: leaf })),
    leaving && broughtBy(leaving, leaves),
    entering && broughtBy(entering, enters),
  ] as const;
  const cells = enters.map(({ op, type }, i) => ({ op, type: typeAfter({ op, type }, columns, i) }));
  const leafTypes = cells.map(({ type }) => type);
  const aggregates = isCounted ? [...cells, { op: "sum", type: NUMBER } as const] : cells;
  const grouped: RowType = { kind: "tuple", items: [key, ...aggregates.map(({ type }) => type)] };
  const inputsOf = (side: Side | undefined, brought: readonly Brought[] | undefined): GroupedRows | undefined => {
    if (side === undefined || brought === undefined) return undefined;
    const panes = isCounted ? [side.panes, side.panes] : [];
    return { rows: side.rows, inputs: [side.key, ...brought.flatMap((leaf) => [leaf.first, leaf.value]), ...panes] };
  };
  return {
    key,
    aggregates,
    before: inputsOf(before, columns[0]),
    leaving: inputsOf(leaving, columns[1]),
    entering: inputsOf(entering, columns[2]),
    grouped,
    after: filter && filtered(grouped, value, filter),
    type: { kind: "tuple", items: [key, withLeaves(value, [...leafTypes])] },
  };
}

function paneSide(type: RowType, panes: number): Side {
  const rows = beginRows({ frame: type });
  const [key, value] = pairOf(rows.row);
  return { rows, key, value, panes: constantOf(rows, panes) };
}

function stateSide(type: RowType, isCounted: boolean): Side {
  if (!isCounted) return paneSide(type, 0);
  if (type.kind !== "tuple") throw new SlideRefused(refuse("the rows are not pairs"));
  const rows = beginRows({ frame: { kind: "tuple", items: [...type.items, NUMBER] } });
  const { items } = rows.row as Extract<KernelValue, { kind: "tuple" }>;
  return { rows, key: items[0]!, value: items[1]!, panes: items[2]! };
}

function pairOf(row: KernelValue): readonly [KernelValue, KernelValue] {
  if (row.kind !== "tuple" || row.items.length !== 2) throw new SlideRefused(refuse("the rows are not pairs"));
  if (hasList(row)) throw new SlideRefused(refuse("the kernel reduces no lists"));
  return row.items as [KernelValue, KernelValue];
}

/** What each leaf of the values of a pane is brought in as. */
function broughtBy({ rows, value }: Side, aggregates: readonly Aggregate[]): Brought[] {
  const firsts = scalarsOf(value);
  return aggregates.map((aggregate, i) => {
    // What there is so far is not read.
    const brought = given(rows.apply(aggregate.value, [value, value]));
    if (brought.kind !== "scalar") {
      throw new SlideRefused(refuse("the kernel reduces values to values of the same shape"));
    }
    return { first: firsts[i]!, value: brought };
  });
}

/** A leaf may keep what it is, or have what was brought in. */
function typeAfter(
  { op, type }: Pick<Aggregate, "op" | "type">,
  columns: ReadonlyArray<readonly Brought[] | undefined>,
  leaf: number,
): ScalarType {
  if (op !== "first" && op !== "last" && op !== "and" && op !== "or") return type;
  const all = columns.flatMap((column) => (column ? [column[leaf]!.first.tags, column[leaf]!.value.tags] : []));
  return scalarOf(all.reduce((tags, more) => tags | more, 0));
}

const WANTED: Expression = { kind: "parameter", index: 0 };
const IN_PANES: Expression = {
  kind: "binary",
  operator: ">",
  left: { kind: "parameter", index: 1 },
  right: literal(0),
};
/** A key that goes although panes of the window have it is for JavaScript, which remembers it. */
const STAYS = choose(WANTED, TRUE, choose(IN_PANES, { kind: "fail", reason: "a key of the window is removed" }, FALSE));

/** The rows of the groups that the filter wants. */
function filtered(grouped: RowType, value: RowType, filter: Expression): KernelRows {
  const rows = beginRows({ frame: grouped });
  const [key, ...cells] = (rows.row as Extract<KernelValue, { kind: "tuple" }>).items as [KernelValue, ...Scalar[]];
  const panes = cells.at(-1)!;
  const leaves = cells.slice(0, -1);
  const pair: KernelValue = { kind: "tuple", items: [key, shaped(value, leaves)] };
  const wanted = given(rows.apply(filter, [pair]));
  const refusal = rows.filter(given(rows.apply(STAYS, [wanted, panes])));
  if (refusal) throw new SlideRefused(refusal);
  rows.setRow({ kind: "tuple", items: [...pair.items, panes] });
  return rows;
}

function constantOf(rows: KernelRows, value: number): KernelValue {
  return given(rows.apply(literal(value), []));
}

function merged(a: RowType, b: RowType): RowType {
  const union = unionOf(a, b);
  if (union === undefined) throw new SlideRefused(refuse("keys or values are of several shapes"));
  return union;
}

function given<T extends object>(value: T | Refusal): T {
  if ("ok" in value && value.ok === false) throw new SlideRefused(value as Refusal);
  return value as T;
}

/** The type with other leaves, which are taken from the list. */
function withLeaves(type: RowType, leaves: ScalarType[]): RowType {
  switch (type.kind) {
    case "tuple":
      return { kind: "tuple", items: type.items.map((item) => withLeaves(item, leaves)) };
    case "record":
      return { kind: "record", fields: type.fields.map(([name, field]) => [name, withLeaves(field, leaves)] as const) };
    default:
      return leaves.shift()!;
  }
}

/** A value of the shape of a type, of leaves that are taken from the list. */
function shaped(type: RowType, leaves: Scalar[]): KernelValue {
  switch (type.kind) {
    case "tuple":
      return { kind: "tuple", items: type.items.map((item) => shaped(item, leaves)) };
    case "record":
      return { kind: "record", fields: type.fields.map(([name, field]) => [name, shaped(field, leaves)] as const) };
    default:
      return leaves.shift()!;
  }
}
