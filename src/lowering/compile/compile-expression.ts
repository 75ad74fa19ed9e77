import { abi } from "#kernel";
import { JSON_VALUE, NUMBER, STRING } from "../../block/row-type.js";
import type { Expression, LiteralValue, LogicalOperator, RecordField, Spread, Variable } from "../expression.js";
import { Refused } from "../refused.js";
import { choose } from "./choose.js";
import { elementIn, isColumnList } from "./column-lists.js";
import { compileAt, fieldOf, itemOf } from "./compile-access.js";
import { compileCall } from "./compile-call.js";
import { compileEquality } from "./compile-equality.js";
import { compileMethod } from "./compile-method.js";
import type { JsonTexts } from "./json-texts.js";
import type { KernelValue } from "./kernel-rows.js";
import { compileEach, compileFold, type EachList, isEachList, JsonElements } from "./lists.js";
import { isOptional, type Optional } from "./optional.js";
import { NULLISH, type Path, type Scalar, type Scalars } from "./scalars.js";
import { isSplitList, type SplitTexts } from "./split-texts.js";

type Of<K extends Expression["kind"]> = Extract<Expression, { kind: K }>;

const ARITHMETIC: Partial<Record<string, number>> = {
  "-": abi.ARITHMETIC_SUBTRACT,
  "*": abi.ARITHMETIC_MULTIPLY,
  "/": abi.ARITHMETIC_DIVIDE,
  "%": abi.ARITHMETIC_REMAINDER,
  "&": abi.ARITHMETIC_AND,
  "|": abi.ARITHMETIC_OR,
  "^": abi.ARITHMETIC_XOR,
  "<<": abi.ARITHMETIC_SHIFT_LEFT,
  ">>": abi.ARITHMETIC_SHIFT_RIGHT,
  ">>>": abi.ARITHMETIC_SHIFT_RIGHT_UNSIGNED,
};
const COMPARE: Partial<Record<string, number>> = {
  "<": abi.COMPARE_LESS,
  "<=": abi.COMPARE_LESS_EQUAL,
  ">": abi.COMPARE_GREATER,
  ">=": abi.COMPARE_GREATER_EQUAL,
};
const TYPES: ReadonlyArray<readonly [tag: number, word: string]> = [
  [abi.TAG_UNDEFINED, "undefined"],
  [abi.TAG_BOOLEAN, "boolean"],
  [abi.TAG_NUMBER, "number"],
  [abi.TAG_STRING, "string"],
  [abi.TAG_NULL, "object"],
  [abi.TAG_JSON, "object"],
];

/** What one expression is for each row, as values of a program. */
export class ExpressionCompiler {
  readonly scalars: Scalars;
  readonly splits: SplitTexts;
  readonly json: JsonTexts;
  /** Lists whose functions may throw. */
  readonly throwing: EachList[];
  readonly #args: readonly KernelValue[];
  readonly #known: Map<Expression, KernelValue>;
  /** Of a function inside the function: what is known outside. */
  readonly #outer: ExpressionCompiler | undefined;

  constructor(
    scalars: Scalars,
    splits: SplitTexts,
    json: JsonTexts,
    args: readonly KernelValue[],
    bound: ReadonlyArray<readonly [Variable, KernelValue]> = [],
    outer?: ExpressionCompiler,
  ) {
    this.scalars = scalars;
    this.splits = splits;
    this.json = json;
    this.#args = args;
    this.#known = new Map<Expression, KernelValue>(bound);
    this.#outer = outer;
    this.throwing = outer?.throwing ?? [];
  }

  /** For the body of a function inside, whose parameters are bound. */
  inside(bound: ReadonlyArray<readonly [Variable, KernelValue]>): ExpressionCompiler {
    return new ExpressionCompiler(this.scalars, this.splits, this.json, this.#args, bound, this);
  }

  /** What the elements of a list of any length are like; nothing where that is not known. */
  elementOf(list: Extract<KernelValue, { kind: "list" }>): KernelValue | undefined {
    if (isEachList(list)) return list.list.element;
    if (isColumnList(list)) return elementIn(this.scalars, list.list).element;
    const tags = isSplitList(list) ? STRING.tags : list.list instanceof JsonElements ? JSON_VALUE.tags : undefined;
    return tags === undefined ? undefined : { kind: "scalar", tags, register: this.scalars.graph.newValue() };
  }

  /** Whether a value is truthy: objects are. */
  truthyOf(value: KernelValue): Scalar {
    if (value.kind === "scalar") return this.scalars.truthy(this.scalars.of(value, "tests"));
    return isOptional(value) ? value.list.isThere : this.scalars.constant(true);
  }

  /** The value of an expression that is come to where `path` holds. Throws `Refused`. */
  compile(expression: Expression, path: Path): KernelValue {
    // A shared part is met first where every other place can only be reached through: its guards are there.
    let value = this.known(expression);
    if (value === undefined) {
      value = this.#compile(expression, path);
      this.#known.set(expression, value);
    }
    return value;
  }

  /** What has been computed already, here or outside. */
  known(expression: Expression): KernelValue | undefined {
    return this.#known.get(expression) ?? this.#outer?.known(expression);
  }

  scalar(expression: Expression, path: Path, what = "computes with"): Scalar {
    return this.scalars.of(this.compile(expression, path), what);
  }

  #compile(expression: Expression, path: Path): KernelValue {
    const { scalars } = this;
    switch (expression.kind) {
      case "parameter":
        return this.#args[expression.index] ?? scalars.constant(undefined);
      case "literal":
        return scalars.constant(expression.value);
      case "captured":
        return this.#captured(expression.value);
      case "variable":
        throw new Refused("uses a variable outside of its function");
      case "tuple":
        return { kind: "tuple", items: expression.items.flatMap((item) => this.#items(item, path)) };
      case "record":
        return this.#record(expression.fields, path);
      case "field":
        return fieldOf(this, this.compile(expression.of, path), expression.name, path);
      case "at":
        return compileAt(this, expression, path);
      case "element":
        return itemOf(this, this.compile(expression.of, path), expression.index, "element", path);
      case "unary":
        return this.#unary(expression, path);
      case "binary":
        return this.#binary(expression, path);
      case "logical":
        return this.#logical(expression, path);
      case "condition": {
        const test = this.truthyOf(this.compile(expression.test, path));
        const known = scalars.graph.constantOf(test.register);
        if (known) return this.compile(known.value ? expression.then : expression.else, path);
        const then = this.compile(expression.then, scalars.and(path, test));
        return this.select(test, then, this.compile(expression.else, scalars.and(path, scalars.not(test))));
      }
      case "template":
        return expression.parts
          .map((part) => scalars.toText(this.scalar(part, path, "writes"), path))
          .reduce((a, b) => scalars.compute(abi.OP_CONCAT, [a, b], STRING.tags));
      case "sequence":
        for (const check of expression.checks) this.compile(check, path);
        return this.compile(expression.result, path);
      case "fail":
        scalars.guard(path, scalars.constant(false));
        return scalars.constant(undefined);
      case "call":
        return compileCall(this, expression, path);
      case "method":
        return compileMethod(this, expression, path);
      case "each":
        return compileEach(this, expression, path);
      case "fold":
        return compileFold(this, expression, path);
    }
  }

  /** Small arrays and plain objects are made anew for each row: the kernel has no identity of objects. */
  #captured(value: unknown): KernelValue {
    if (typeof value !== "object" || value === null) return this.scalars.constant(value as LiteralValue);
    const parts = Object.entries(value);
    if (parts.length > CAPTURED_MAX) throw new Refused(`uses a captured object of ${parts.length} parts as a value`);
    if (Array.isArray(value)) {
      if (parts.length !== value.length) throw new Refused("uses a captured array with holes as a value");
      return { kind: "tuple", items: value.map((item) => this.#captured(item)) };
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw new Refused("uses a captured object as a value");
    return { kind: "record", fields: parts.map(([name, part]) => [name, this.#captured(part)] as const) };
  }

  #items(item: Expression | Spread, path: Path): KernelValue[] {
    if (item.kind !== "spread") return [this.compile(item, path)];
    const of = this.compile(item.of, path);
    if (of.kind !== "tuple") throw new Refused("spreads what is no array of known length", "...");
    return [...of.items];
  }

  #record(fields: ReadonlyArray<RecordField | Spread>, path: Path): KernelValue {
    const values = new Map<string, KernelValue>();
    for (const field of fields) {
      if (field.kind === "entry") values.set(field.name, this.compile(field.value, path));
      else {
        const of = this.compile(field.of, path);
        if (of.kind !== "record") throw new Refused("spreads what is no object of known fields", "...");
        for (const [name, value] of of.fields) values.set(name, value);
      }
    }
    // Such names would come first, whatever their place.
    if ([...values.keys()].some((name) => /^\d+$/.test(name))) throw new Refused("names a field by a number");
    return { kind: "record", fields: [...values] };
  }

  #unary({ operator, of }: Of<"unary">, path: Path): KernelValue {
    const { scalars } = this;
    const any = this.compile(of, path);
    if (operator === "!") return scalars.not(this.truthyOf(any));
    if (operator === "typeof" && any.kind !== "scalar") {
      const word = scalars.constant("object");
      return isOptional(any) ? scalars.select(any.list.isThere, word, this.#typeOf(any.list.missing)) : word;
    }
    const value = scalars.of(any, "computes with");
    switch (operator) {
      case "+":
        return scalars.toNumber(value, path);
      case "-": {
        const number = scalars.toNumber(value, path);
        const known = scalars.graph.constantOf(number.register);
        if (known) return scalars.constant(-(known.value as number));
        return scalars.compute(abi.OP_MATH, [number], NUMBER.tags, abi.MATH_NEGATE);
      }
      case "~":
        return scalars.compute(abi.OP_MATH, [scalars.toNumber(value, path)], NUMBER.tags, abi.MATH_NOT);
      case "typeof":
        return this.#typeOf(value);
    }
  }

  #typeOf(value: Scalar): Scalar {
    const { scalars } = this;
    return TYPES.filter(([tag]) => value.tags & (1 << tag))
      .map(([tag, word]) => [scalars.hasTag(value, 1 << tag), scalars.constant(word)] as const)
      .reduceRight<Scalar>((otherwise, [test, word]) => scalars.select(test, word, otherwise), scalars.constant(""));
  }

  #binary({ operator, left, right }: Of<"binary">, path: Path): KernelValue {
    const { scalars } = this;
    const [one, other] = [this.compile(left, path), this.compile(right, path)];
    const equality = compileEquality(scalars, operator, one, other, path);
    if (equality) return equality;
    const a = scalars.of(one, "computes with");
    const b = scalars.of(other, "computes with");
    const arithmetic = ARITHMETIC[operator];
    if (arithmetic !== undefined) {
      return scalars.arithmetic(arithmetic, scalars.toNumber(a, path), scalars.toNumber(b, path));
    }
    const compare = COMPARE[operator];
    if (compare !== undefined) return scalars.compare(compare, a, b, path);
    return scalars.add(a, b, path);
  }

  #logical({ operator, left, right }: Of<"logical">, path: Path): KernelValue {
    const { scalars } = this;
    const a = this.compile(left, path);
    if (isOptional(a)) return this.#logicalOfOptional(operator, a.list, right, path);
    if (a.kind !== "scalar") {
      // Objects are truthy.
      return operator === "&&" ? this.compile(right, path) : a;
    }
    if (operator === "??") {
      const isThere = scalars.hasTag(a, ~NULLISH);
      const b = this.compile(right, scalars.and(path, scalars.not(isThere)));
      const there = { ...a, tags: a.tags & ~NULLISH };
      return there.tags === 0 ? b : this.select(isThere, there, b);
    }
    const test = scalars.truthy(a);
    const isAnd = operator === "&&";
    const b = this.compile(right, scalars.and(path, isAnd ? test : scalars.not(test)));
    return isAnd ? this.select(test, b, a) : this.select(test, a, b);
  }

  /** Where the left side is not there it is undefined or null. */
  #logicalOfOptional(
    operator: LogicalOperator,
    { isThere, value, missing }: Optional,
    right: Expression,
    path: Path,
  ): KernelValue {
    const { scalars } = this;
    const isAnd = operator === "&&";
    const b = this.compile(right, scalars.and(path, isAnd ? isThere : scalars.not(isThere)));
    return isAnd ? this.select(isThere, b, missing) : this.select(isThere, value, b);
  }

  /** `test ? then : otherwise`. */
  select(test: Scalar, then: KernelValue, otherwise: KernelValue): KernelValue {
    return choose(this.scalars, test, then, otherwise);
  }
}

/** Parts of a captured object that becomes a value. */
const CAPTURED_MAX = 64;
