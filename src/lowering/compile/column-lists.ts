import { abi } from "#kernel";
import { columnKinds, NUMBER, type RowType } from "../../block/row-type.js";
import type { Expression } from "../expression.js";
import { Refused } from "../refused.js";
import type { ExpressionCompiler } from "./compile-expression.js";
import type { KernelValue } from "./kernel-rows.js";
import { valueIn } from "./look-ups.js";
import { optionalColumns } from "./optional.js";
import type { Path, Scalar, Scalars } from "./scalars.js";

type List = Extract<KernelValue, { kind: "list" }>;
type Fold = Extract<Expression, { kind: "fold" }>;

/** A list in a column of the frame that is read: its elements are rows of the columns behind it. */
export class ColumnList {
  /** Says for each row where its elements are. */
  readonly register: number;
  /** Index of the first column of elements. */
  readonly column: number;
  readonly of: RowType;

  constructor(register: number, column: number, of: RowType) {
    this.register = register;
    this.column = column;
    this.of = of;
  }
}

export function isColumnList(list: List): list is List & { readonly list: ColumnList } {
  return list.list instanceof ColumnList;
}

/** The rows of a frame: `values` are those of all its columns. Those of elements of lists are not read as such. */
export function rowOfColumns(scalars: Scalars, type: RowType, values: readonly number[]): KernelValue {
  let next = 0;
  const placed = (each: RowType): KernelValue => {
    switch (each.kind) {
      case "scalar":
        return { kind: "scalar", tags: each.tags, register: values[next++]! };
      case "tuple":
        return { kind: "tuple", items: each.items.map(placed) };
      case "record":
        return { kind: "record", fields: each.fields.map(([name, field]) => [name, placed(field)] as const) };
      case "optional": {
        const presence = values[next++]!;
        return optionalColumns(scalars, each, presence, placed(each.of));
      }
      case "list": {
        const list = new ColumnList(values[next]!, next + 1, each.of);
        next += 1 + columnKinds(each.of).length;
        return { kind: "list", list };
      }
    }
  };
  return placed(type);
}

/** An element of a list, in registers of its own: of each its column. */
export function elementIn(scalars: Scalars, { column, of }: ColumnList) {
  const leaves = columnKinds(of).map((_, i) => ({ value: scalars.graph.newValue(), column: column + i }));
  return {
    element: valueIn(
      scalars,
      of,
      leaves.map(({ value }) => value),
    ),
    leaves,
  };
}

/** `list.length`. */
export function lengthOf({ scalars }: ExpressionCompiler, { register }: ColumnList): Scalar {
  return { kind: "scalar", tags: NUMBER.tags, register: scalars.graph.compute(abi.OP_LIST_LENGTH, [register]) };
}

/** `list.reduce((sum, item) => sum + number, initial)`, where the number is a column of the elements; other functions are left to JavaScript. */
export function sumOf(compiler: ExpressionCompiler, list: ColumnList, fold: Fold, path: Path): Scalar {
  const { scalars } = compiler;
  const { element, leaves } = elementIn(scalars, list);
  const { body } = fold;
  const isSum = body.kind === "binary" && body.operator === "+" && body.left === fold.accumulator;
  let added: KernelValue | undefined;
  if (
    isSum &&
    !scalars.mayThrow(() => {
      added = compiler.inside([[fold.item, element]]).compile(body.right, path);
    })
  ) {
    const number = added?.kind === "scalar" && added.tags === NUMBER.tags ? added.register : undefined;
    const leaf = leaves.find(({ value }) => value === number);
    const initial = fold.initial ? compiler.compile(fold.initial, path) : scalars.constant(-0);
    if (leaf && initial?.kind === "scalar" && initial.tags === NUMBER.tags) {
      // Without a first value JavaScript throws where there is no element; -0 changes none that comes.
      const isEmpty = scalars.equal(lengthOf(compiler, list), scalars.constant(0), false, path);
      if (!fold.initial) scalars.guard(path, scalars.not(isEmpty));
      const register = scalars.graph.compute(abi.OP_LIST_SUM, [list.register, initial.register], leaf.column);
      return { kind: "scalar", tags: NUMBER.tags, register };
    }
  }
  throw new Refused("reduces a list of any length to what is no sum of numbers", "reduce");
}
