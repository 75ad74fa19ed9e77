import { NUMBER } from "../../block/row-type.js";
import type { Expression, Variable } from "../expression.js";
import { Refused } from "../refused.js";
import { isColumnList, sumOf } from "./column-lists.js";
import type { ExpressionCompiler } from "./compile-expression.js";
import type { KernelValue } from "./kernel-rows.js";
import { JSON_TAG, type Scalar, type Scalars } from "./scalars.js";

type List = Extract<KernelValue, { kind: "list" }>;

/** An item of a list; where `isThere` is given, only where that holds. */
export interface Item {
  readonly isThere: Scalar | undefined;
  readonly value: KernelValue;
}

/** A list of so many items at most, some of which may not be there. */
export class ItemsList {
  readonly items: readonly Item[];

  constructor(items: readonly Item[]) {
    this.items = items;
  }
}

/** The elements of an array of JSON. */
export class JsonElements {
  readonly of: Scalar;

  constructor(of: Scalar) {
    this.of = of;
  }
}

/** `of.map(item => body)` or `of.filter(item => body)` of a list of any length. */
export class EachList {
  readonly of: List;
  readonly method: "map" | "filter";
  /** What it makes of a value of the list it is of. */
  readonly apply: (item: KernelValue) => KernelValue;
  /** What its own values are like. */
  readonly element: KernelValue;
  /** Whether the function may throw: such a list can only be expanded. */
  readonly mayThrow: boolean;

  constructor({ of, method, apply, element, mayThrow }: EachList) {
    this.of = of;
    this.method = method;
    this.apply = apply;
    this.element = element;
    this.mayThrow = mayThrow;
  }
}

type Each = Extract<Expression, { kind: "each" }>;
type Fold = Extract<Expression, { kind: "fold" }>;

/** The items of an array of known length, or of a list of items. */
export function itemsOf(value: KernelValue): readonly Item[] | undefined {
  if (value.kind === "tuple") return value.items.map((item) => ({ isThere: undefined, value: item }));
  return value.kind === "list" && value.list instanceof ItemsList ? value.list.items : undefined;
}

export function isEachList(list: List): list is List & { readonly list: EachList } {
  return list.list instanceof EachList;
}

/** `of.map(item => body)` and its kin. */
export function compileEach(compiler: ExpressionCompiler, { of, method, item, body }: Each, path: Scalar | undefined) {
  const list = listIn(compiler, compiler.compile(of, path), path);
  const items = itemsOf(list);
  if (items)
    return ofItems(
      compiler,
      items,
      method,
      (value, where) => compiler.inside([[item, value]]).compile(body, where),
      path,
    );
  const element = list.kind === "list" ? compiler.elementOf(list) : undefined;
  if (element === undefined || list.kind !== "list")
    throw new Refused(`calls the method "${method}" of what may be no array`, method);
  if (method !== "map" && method !== "filter")
    throw new Refused(`calls the method "${method}" of a list of any length`, method);
  const apply = (value: KernelValue) => compiler.inside([[item, value]]).compile(body, undefined);
  let made: KernelValue | undefined;
  const mayThrow = compiler.scalars.mayThrow(() => {
    made = apply(element);
  });
  const each = new EachList({ of: list, method, apply, element: method === "map" ? made! : element, mayThrow });
  if (mayThrow) compiler.throwing.push(each);
  return { kind: "list", list: each } as const;
}

/** The lists in a value that must be expanded, because their functions may throw. */
export function throwingLists(value: KernelValue): EachList[] {
  if (value.kind !== "list" || !isEachList(value)) return [];
  const rest = throwingLists(value.list.of);
  return value.list.mayThrow ? [value.list, ...rest] : rest;
}

/** What may be an array of JSON, as the list of its elements; JavaScript throws where it is none. */
function listIn({ scalars, json }: ExpressionCompiler, value: KernelValue, path: Scalar | undefined): KernelValue {
  if (value.kind !== "scalar" || !(value.tags & JSON_TAG)) return value;
  scalars.guard(path, scalars.hasTag(value, JSON_TAG));
  scalars.guard(path, scalars.hasTag(json.length(value), NUMBER.tags));
  return { kind: "list", list: new JsonElements(value) };
}

function ofItems(
  compiler: ExpressionCompiler,
  items: readonly Item[],
  method: Each["method"],
  body: (value: KernelValue, path: Scalar | undefined) => KernelValue,
  path: Scalar | undefined,
): KernelValue {
  const { scalars } = compiler;
  const at = (item: Item) => (item.isThere ? scalars.and(path, item.isThere) : path);
  if (method === "map" || method === "filter") {
    const made = items.map((item): Item => {
      const value = body(item.value, at(item));
      if (method === "map") return { isThere: item.isThere, value };
      return { isThere: scalars.and(item.isThere, compiler.truthyOf(value)), value: item.value };
    });
    return listOf(scalars, made);
  }
  const isSome = method === "some";
  let result = scalars.constant(!isSome);
  for (const item of items) {
    // The first one that decides is the last one that is looked at.
    const where = scalars.and(at(item), isSome ? scalars.not(result) : result);
    const test = compiler.truthyOf(body(item.value, where));
    const holds = item.isThere
      ? isSome
        ? scalars.and(item.isThere, test)
        : scalars.or(scalars.not(item.isThere), test)
      : test;
    result = isSome ? scalars.or(result, holds) : scalars.and(result, holds);
  }
  return result;
}

/** A list of items: an array where all of them are there. */
export function listOf(scalars: Scalars, items: readonly Item[]): KernelValue {
  const known = items.map((item) => (item.isThere ? scalars.graph.constantOf(item.isThere.register)?.value : true));
  const left = items.filter((_, i) => known[i] !== false);
  if (left.every((_, i) => known.filter((is) => is !== false)[i] === true)) {
    return { kind: "tuple", items: left.map(({ value }) => value) };
  }
  return { kind: "list", list: new ItemsList(left) };
}

/** `of.reduce((accumulator, item) => body, initial)`. */
export function compileFold(compiler: ExpressionCompiler, expression: Fold, path: Scalar | undefined): KernelValue {
  const list = compiler.compile(expression.of, path);
  if (list.kind === "list" && isColumnList(list)) return sumOf(compiler, list.list, expression, path);
  const initial = expression.initial && compiler.compile(expression.initial, path);
  if (list.kind !== "tuple") throw new Refused('calls the method "reduce" of a list of any length', "reduce");
  const bound = (accumulator: KernelValue, item: KernelValue): ReadonlyArray<readonly [Variable, KernelValue]> => [
    [expression.accumulator, accumulator],
    [expression.item, item],
  ];
  const [first, ...rest] = initial ? [initial, ...list.items] : list.items;
  if (first === undefined) {
    compiler.scalars.guard(path, compiler.scalars.constant(false));
    return compiler.scalars.constant(undefined);
  }
  return rest.reduce((value, item) => compiler.inside(bound(value, item)).compile(expression.body, path), first);
}
