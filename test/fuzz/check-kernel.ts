import { abi } from "#kernel";
import type { RowType } from "../../src/block/row-type.js";
import * as rowTypes from "../../src/block/row-type.js";
import { lookUpStates } from "../../src/engine/look-up-states.js";
import { ASSISTS } from "../../src/kernel/assist.js";
import type { Kernel } from "../../src/kernel/kernel.js";
import { isBail, ProgramRun } from "../../src/kernel/program.js";
import { JsonSlice, type VectorValue } from "../../src/kernel/vector.js";
import { beginRows } from "../../src/lowering/compile/begin-rows.js";
import type { BuiltProgram, KernelRows, KernelValue } from "../../src/lowering/compile/kernel-rows.js";
import { isOptional } from "../../src/lowering/compile/optional.js";
import type { Refusal } from "../../src/lowering/expression.js";
import { lower } from "../../src/lowering/lower.js";
import { Draw } from "../model/draw.js";
import { functionOf, sameValue, show } from "./check.js";
import { drawLambda, type FuzzLambda } from "./lambdas.js";
import type { ArgumentType } from "./types.js";
import { drawValue } from "./values.js";

/** Rows that a lambda is computed for at once; of those for which it throws so many alone. */
const ROWS = 40;
const THROWING_MAX = 3;

/** What came of one case; bailed: the rows were left to JavaScript though it does not throw. */
export type KernelOutcome =
  | { readonly kind: "same" }
  | { readonly kind: "refused" | "bailed" | "differs"; readonly what: string };

type Fn = (...args: unknown[]) => unknown;

/** Compares the program that the random lambda of a seed is compiled to with the lambda itself, on columns of hostile values. */
export function checkKernelSeed(kernel: Kernel, seed: number): KernelOutcome {
  const draw = new Draw(seed);
  let lambda = drawLambda(draw, { depth: draw.int(1, 3) });
  while (lambda.parameters.some((type) => rowTypeOf(type) === undefined))
    lambda = drawLambda(draw, { depth: draw.int(1, 3) });
  const types = lambda.parameters.map(rowTypeOf);
  const fn = functionOf(lambda) as Fn;
  const lowering = lower(fn as never);
  if (!lowering.ok) return { kind: "refused", what: `not lowered: ${lowering.reason}` };
  const rows = beginRows({ frame: { kind: "tuple", items: types as RowType[] } });
  const value = rows.apply(lowering.expression, (rows.row as Extract<KernelValue, { kind: "tuple" }>).items);
  if (isRefusal(value)) return { kind: "refused", what: value.reason };
  if (value.kind === "list" && !isOptional(value)) return checkExpanded(kernel, draw, lambda, fn, rows, value);
  return checkProgram(kernel, draw, lambda, fn, new Compiled(rows, value, lambda.parameters));
}

function checkProgram(kernel: Kernel, draw: Draw, lambda: FuzzLambda, fn: Fn, compiled: Compiled): KernelOutcome {
  const calls = draw.list(ROWS, () => lambda.parameters.map((type) => drawValue(draw, type)));
  const results = calls.map((args) => resultOf(fn, args));
  const fine = calls.filter((_, i) => !results[i]!.threw);
  const actual = compiled.run(kernel, fine);
  if (actual === undefined) {
    // What makes a program bail may be more than what JavaScript throws at: row by row it is told apart.
    for (const args of fine) {
      const [one] = compiled.run(kernel, [args]) ?? [];
      const expected = resultOf(fn, args).value;
      if (one !== undefined && !sameResult(expected, one.value)) return differs(lambda, args, expected, one.value);
    }
  } else {
    const expected = fine.map((args) => resultOf(fn, args).value);
    const wrong = expected.findIndex((each, i) => !sameResult(each, actual[i]?.value));
    if (wrong >= 0) return differs(lambda, fine[wrong]!, expected[wrong], actual[wrong]?.value);
  }
  const throwing = calls.filter((_, i) => results[i]!.threw).slice(0, THROWING_MAX);
  for (const args of throwing) {
    const one = compiled.run(kernel, [args]);
    if (one !== undefined) return differs(lambda, args, "what throws", one[0]?.value);
  }
  return actual === undefined ? { kind: "bailed", what: lambda.source } : { kind: "same" };
}

/** Lists are compared by the rows that they are expanded to, filtered, in several parts of the vectors. */
function checkExpanded(
  kernel: Kernel,
  draw: Draw,
  lambda: FuzzLambda,
  fn: Fn,
  rows: KernelRows,
  list: KernelValue,
): KernelOutcome {
  const index = rows.row;
  const refusal = rows.expand(list);
  if (refusal) return { kind: "refused", what: refusal.reason };
  const value: KernelValue = { kind: "tuple", items: [index, rows.row] };
  const calls = draw
    .list(ROWS, () => lambda.parameters.map((type) => drawValue(draw, type)))
    .filter((args) => !resultOf(fn, args).threw);
  const expected = calls.flatMap((args) => (resultOf(fn, args).value as unknown[]).map((item) => [args, item]));
  if (expected.length > 1000) return { kind: "same" };
  const actual = new Compiled(rows, value, lambda.parameters).run(kernel, calls);
  if (actual === undefined) return { kind: "bailed", what: lambda.source };
  const wrong = expected.findIndex((each, i) => !sameResult(each, actual[i]?.value));
  if (actual.length === expected.length && wrong < 0) return { kind: "same" };
  return differs(lambda, [calls], expected[wrong], wrong < 0 ? `${actual.length} rows` : actual[wrong]?.value);
}

/** A program whose results are read from its registers. */
class Compiled {
  readonly #value: KernelValue;
  readonly #built: BuiltProgram;
  readonly #registers: ReadonlyMap<number, number>;
  readonly #types: readonly ArgumentType[];

  constructor(rows: KernelRows, value: KernelValue, types: readonly ArgumentType[]) {
    this.#value = value;
    this.#types = types;
    const inputs = scalarsIn(value);
    this.#built = rows.build({ op: abi.OP_COUNT, inputs });
    this.#registers = new Map(inputs.map(({ register }, i) => [register, this.#built.inputs[i]!]));
  }

  /** A result for each row; undefined where the program leaves the rows to JavaScript. */
  run(kernel: Kernel, calls: readonly unknown[][]): Array<{ readonly value: unknown }> | undefined {
    if (calls.length === 0) return [];
    const { program } = this.#built;
    const run = new ProgramRun(kernel, program, lookUpStates(kernel, program), ASSISTS);
    try {
      const [, dst, , , , columns, data] = program.instructions as unknown as number[];
      const list = new Int32Array(program.data.slice(data!, data! + 4 * columns!).buffer);
      const leaves = calls.map((args) => args.flatMap((arg, i) => leavesOf(arg, this.#types[i]!)));
      const values = [...list].map((column, i) => ({ register: dst! + i, values: leaves.map((row) => row[column]!) }));
      // Where no column is read there is still a row for each call.
      run.runValues(columns === 0 ? [{ register: dst!, values: calls.map(() => null) }] : values);
      const read = new Map(
        [...this.#registers].map(([value, register]) => [value, run.valuesOf(register, run.counted)]),
      );
      return Array.from({ length: run.counted }, (_, row) => ({
        value: resultFrom(this.#value, (value) => read.get(value)![row]),
      }));
    } catch (error) {
      if (isBail(error)) return undefined;
      throw error;
    } finally {
      run.free();
    }
  }
}

type Scalar = Extract<KernelValue, { kind: "scalar" }>;

/** All that results are read from. */
function scalarsIn(value: KernelValue): Scalar[] {
  switch (value.kind) {
    case "scalar":
      return [value];
    case "tuple":
      return value.items.flatMap(scalarsIn);
    case "record":
      return value.fields.flatMap(([, field]) => scalarsIn(field));
    case "list":
      return isOptional(value) ? [value.list.isThere, value.list.missing, ...scalarsIn(value.list.value)] : [];
  }
}

/** Lists are not columns: what they are is seen where they are expanded. */
const UNSEEN = Symbol("unseen");

function resultFrom(value: KernelValue, read: (value: number) => VectorValue): unknown {
  switch (value.kind) {
    case "scalar": {
      const scalar = read(value.register);
      return scalar instanceof JsonSlice ? JSON.parse(scalar.text) : scalar;
    }
    case "tuple":
      return value.items.map((item) => resultFrom(item, read));
    case "record":
      return Object.fromEntries(value.fields.map(([name, field]) => [name, resultFrom(field, read)]));
    case "list":
      if (isOptional(value)) {
        const { isThere, missing, value: there } = value.list;
        return read(isThere.register) ? resultFrom(there, read) : read(missing.register);
      }
      return UNSEEN;
  }
}

function sameResult(expected: unknown, actual: unknown): boolean {
  if (actual === UNSEEN) return true;
  if (typeof actual === "object" && actual !== null && typeof expected === "object" && expected !== null) {
    const [names, others] = [Object.keys(expected), Object.keys(actual)];
    return (
      Array.isArray(expected) === Array.isArray(actual) &&
      names.length === others.length &&
      names.every(
        (name, i) =>
          name === others[i] &&
          sameResult((expected as Record<string, unknown>)[name], (actual as Record<string, unknown>)[name]),
      )
    );
  }
  return sameValue(expected, actual);
}

function resultOf(fn: Fn, args: readonly unknown[]): { readonly threw: boolean; readonly value: unknown } {
  try {
    return { threw: false, value: fn(...args) };
  } catch (error) {
    return { threw: true, value: String(error) };
  }
}

/** The row type of arguments; nothing for lists, which are no columns. */
function rowTypeOf(type: ArgumentType): RowType | undefined {
  switch (type.kind) {
    case "string":
    case "jsonText":
      return rowTypes.STRING;
    case "number":
      return rowTypes.NUMBER;
    case "boolean":
      return rowTypes.BOOLEAN;
    case "scalar":
      return rowTypes.scalarOf(rowTypes.JSON_FIELD.tags & ~(1 << abi.TAG_JSON));
    case "json":
      return rowTypes.JSON_FIELD;
    case "list":
      return undefined;
    case "tuple": {
      const items = type.items.map(rowTypeOf);
      return items.some((item) => item === undefined) ? undefined : { kind: "tuple", items: items as RowType[] };
    }
    case "record": {
      const fields = type.fields.map(([name, field]) => [name, rowTypeOf(field)] as const);
      if (fields.some(([, field]) => field === undefined)) return undefined;
      return { kind: "record", fields: fields as Array<readonly [string, RowType]> };
    }
  }
}

/** The values of the columns of an argument. */
function leavesOf(value: unknown, type: ArgumentType): VectorValue[] {
  switch (type.kind) {
    case "tuple":
      return type.items.flatMap((item, i) => leavesOf((value as unknown[])[i], item));
    case "record":
      return type.fields.flatMap(([name, field]) => leavesOf((value as Record<string, unknown>)[name], field));
    default:
      return [typeof value === "object" && value !== null ? new JsonSlice(jsonText(value)) : (value as VectorValue)];
  }
}

const NEGATIVE_ZERO = "negative zero";

/** As `JSON.stringify`, which forgets the sign of zero. */
function jsonText(value: object): string {
  const text = JSON.stringify(value, (_, part: unknown) => (Object.is(part, -0) ? NEGATIVE_ZERO : part));
  return text.replaceAll(JSON.stringify(NEGATIVE_ZERO), "-0");
}

function isRefusal(value: KernelValue | Refusal): value is Refusal {
  return "ok" in value;
}

function differs(
  { source, captured }: FuzzLambda,
  args: readonly unknown[],
  expected: unknown,
  got: unknown,
): KernelOutcome {
  const shown = [`expected ${show(expected)}`, `got ${show(got)}`, `for ${args.map(show).join(", ")}`];
  if (captured !== undefined) shown.push(`with ${show(captured)}`);
  return { kind: "differs", what: `${source}\n  ${shown.join("\n  ")}` };
}
