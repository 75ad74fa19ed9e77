import { abi } from "#kernel";
import { BOOLEAN, NUMBER, STRING, UNDEFINED } from "../../block/row-type.js";
import type { Expression } from "../expression.js";
import { Refused } from "../refused.js";
import { isColumnList, lengthOf } from "./column-lists.js";
import type { ExpressionCompiler } from "./compile-expression.js";
import type { KernelValue } from "./kernel-rows.js";
import { type EachList, isEachList } from "./lists.js";
import { isOptional } from "./optional.js";
import { JSON_TAG, NULLISH, type Path, type Scalar } from "./scalars.js";
import { isSplitList } from "./split-texts.js";

/** Items that are chosen from one after the other by an index that is computed. */
const CHOICES_MAX = 32;

/** `of.name`. */
export function fieldOf(compiler: ExpressionCompiler, of: KernelValue, name: string, path: Path): KernelValue {
  const { scalars } = compiler;
  switch (of.kind) {
    case "record":
      return of.fields.find(([field]) => field === name)?.[1] ?? scalars.constant(undefined);
    case "tuple":
      if (name === "length") return scalars.constant(of.items.length);
      throw new Refused(`reads the property "${name}" of an array`, name);
    case "list":
      if (isOptional(of)) {
        scalars.guard(path, of.list.isThere);
        return fieldOf(compiler, of.list.value, name, path);
      }
      if (isColumnList(of) && name === "length") return lengthOf(compiler, of.list);
      if (isSplitList(of) && name === "length") return compiler.splits.length(of);
      throw new Refused(`reads the property "${name}" of a list`, name);
    case "scalar":
      return fieldOfScalar(compiler, of, name, path);
  }
}

function fieldOfScalar(compiler: ExpressionCompiler, of: Scalar, name: string, path: Path): KernelValue {
  const { scalars } = compiler;
  // Where a value may be an object, the reader of JSON knows which have a property of that name.
  const isInherited = name in String.prototype || name in Number.prototype;
  if (name !== "length" && isInherited && !(of.tags & JSON_TAG)) {
    throw new Refused(`reads the property "${name}"`, name);
  }
  if (of.tags & NULLISH) scalars.guard(path, scalars.hasTag(of, ~NULLISH));
  if (name === "length" && of.tags & STRING.tags) {
    const length = scalars.compute(abi.OP_TEXT_NUMBER, [scalars.asText(of)], NUMBER.tags, abi.TEXT_LENGTH);
    const isString = scalars.hasTag(of, STRING.tags);
    const none = scalars.constant(undefined);
    const rest = of.tags & JSON_TAG ? compiler.json.length(scalars.select(isString, none, of)) : none;
    return scalars.select(isString, length, rest);
  }
  if (name === "length" && of.tags & JSON_TAG) return compiler.json.length(of);
  if (of.tags & JSON_TAG) return compiler.json.field(of, name);
  return scalars.constant(undefined);
}

/** `of[index]`. */
export function compileAt(
  compiler: ExpressionCompiler,
  { of, index }: Extract<Expression, { kind: "at" }>,
  path: Path,
): KernelValue {
  const key = index.kind === "literal" ? index.value : undefined;
  if (of.kind === "captured" && key === undefined) {
    return ofCaptured(compiler, of.value, compiler.scalar(index, path), path);
  }
  const value = compiler.compile(of, path);
  if (typeof key === "string") return fieldOf(compiler, value, key, path);
  if (typeof key === "number" && Number.isInteger(key) && key >= 0) return itemOf(compiler, value, key, "at", path);
  return itemAt(compiler, value, compiler.scalar(index, path), path);
}

/** An item of a text or an array of known length, at a number that is computed. */
function itemAt(compiler: ExpressionCompiler, of: KernelValue, index: Scalar, path: Path): KernelValue {
  const { scalars } = compiler;
  if (index.tags !== NUMBER.tags) throw new Refused("reads a property whose name is computed", "[]");
  if (isOptional(of)) {
    scalars.guard(path, of.list.isThere);
    return itemAt(compiler, of.list.value, index, path);
  }
  if (of.kind === "tuple" && of.items.length <= CHOICES_MAX) {
    return of.items.reduceRight<KernelValue>((otherwise, item, i) => {
      if (item.kind !== "scalar") throw new Refused("chooses among arrays and objects by a computed index", "[]");
      return compiler.select(scalars.equal(index, scalars.constant(i), false, path), item, otherwise);
    }, scalars.constant(undefined));
  }
  if (of.kind !== "scalar" || of.tags !== STRING.tags)
    throw new Refused("reads a property whose name is computed", "[]");
  // Other numbers are names of properties that no text has.
  const isWhole = scalars.compute(abi.OP_MATH, [index], BOOLEAN.tags, abi.MATH_IS_INTEGER);
  const isIndex = scalars.and(isWhole, scalars.compare(abi.COMPARE_GREATER_EQUAL, index, scalars.constant(0), path));
  const tags = STRING.tags | UNDEFINED.tags;
  const item = scalars.compute(abi.OP_TEXT_PART, [of, index], tags, abi.TEXT_AT);
  return scalars.select(isIndex, item, scalars.constant(undefined));
}

/** A property of a captured object or array, by a key that is computed: looked up as in a map. */
function ofCaptured(compiler: ExpressionCompiler, of: object, key: Scalar, path: Path): KernelValue {
  const { scalars } = compiler;
  const prototype: unknown = Object.getPrototypeOf(of);
  const isList = Array.isArray(of);
  if (
    key.tags !== (isList ? NUMBER.tags : STRING.tags) ||
    (!isList && prototype !== Object.prototype && prototype !== null)
  ) {
    throw new Refused("reads a property whose name is computed", "[]");
  }
  if (!isList && prototype === Object.prototype) {
    const inherited = new Set(Object.getOwnPropertyNames(Object.prototype).filter((name) => !Object.hasOwn(of, name)));
    const isInherited = scalars.lookUps.hasIn(Object.prototype, inherited, key);
    if (isInherited) scalars.guard(path, scalars.not(isInherited));
  }
  const entries: Array<readonly [unknown, unknown]> = isList
    ? of.map((item, i) => [i, item] as const)
    : Object.entries(of);
  return scalars.lookUps.getIn(of, new Map(entries), key) ?? scalars.constant(undefined);
}

/** `of[index]` for a fixed index, or what `[, x] = of` binds. */
export function itemOf(
  compiler: ExpressionCompiler,
  of: KernelValue,
  index: number,
  by: "at" | "element",
  path: Path,
): KernelValue {
  const { scalars } = compiler;
  if (isOptional(of)) {
    scalars.guard(path, of.list.isThere);
    return itemOf(compiler, of.list.value, index, by, path);
  }
  if (of.kind === "list" && isEachList(of) && of.list.method === "map" && !of.list.mayThrow) {
    return itemOfEach(compiler, of.list, itemOf(compiler, of.list.of, index, by, path));
  }
  if (of.kind === "tuple") return of.items[index] ?? scalars.constant(undefined);
  if (of.kind === "list" && isSplitList(of)) return compiler.splits.piece(of, index);
  if (of.kind === "scalar" && by === "at" && of.tags === STRING.tags) {
    const tags = STRING.tags | UNDEFINED.tags;
    return scalars.compute(abi.OP_TEXT_PART, [of, scalars.constant(index)], tags, abi.TEXT_AT);
  }
  if (of.kind === "record" && by === "at") return scalars.constant(undefined);
  throw new Refused(
    by === "at" ? "reads an element of what may be no array" : "takes apart what may be no array",
    "[]",
  );
}

/** What a function makes of an item of a list, where there is such an item. */
function itemOfEach(compiler: ExpressionCompiler, each: EachList, item: KernelValue): KernelValue {
  const { scalars } = compiler;
  if (item.kind !== "scalar" || !(item.tags & NULLISH)) return each.apply(item);
  if (scalars.graph.constantOf(item.register)) return item;
  // Where it is not there its payload is that of an empty text.
  const made = each.apply({ ...item, tags: item.tags & ~NULLISH });
  return compiler.select(scalars.hasTag(item, ~NULLISH), made, scalars.constant(undefined));
}
