import { abi } from "#kernel";
import { leavesOf, type RowType, STRING } from "../../block/row-type.js";
import { encodeWtf8 } from "../../kernel/wtf8.js";
import type { LineFormat } from "../../schema/format.js";
import { type Expression, type Refusal, refuse } from "../expression.js";
import { ExpressionCompiler } from "./compile-expression.js";
import { JsonTexts } from "./json-texts.js";
import { type BuiltProgram, type KernelRows, type KernelValue, scalarsOf } from "./kernel-rows.js";
import { ProgramGraph } from "./program-graph.js";
import { orRefusal, Refused } from "./refused.js";
import { Scalars } from "./scalars.js";
import { isSplitList, SplitTexts } from "./split-texts.js";

const ASCII_MAX = 0x7f;

/** Begins a program over lines of text, or over frames whose columns are the leaves of a type. */
export function beginRows(source: "lines" | { readonly frame: RowType }): KernelRows {
  return new ProgramRows(source);
}

class ProgramRows implements KernelRows {
  row: KernelValue;
  readonly #scalars: Scalars;
  readonly #splits: SplitTexts;
  readonly #json: JsonTexts;

  constructor(source: "lines" | { readonly frame: RowType }) {
    const isLines = source === "lines";
    const type: RowType = isLines ? STRING : source.frame;
    const graph = new ProgramGraph(isLines, leavesOf(type).length);
    this.#scalars = new Scalars(graph);
    this.#splits = new SplitTexts(this.#scalars);
    this.#json = new JsonTexts(this.#scalars);
    this.row = valueFor(type, [...graph.sourceValues]);
  }

  setRow(row: KernelValue): void {
    this.row = row;
  }

  apply(expression: Expression, args: readonly KernelValue[]): KernelValue | Refusal {
    return orRefusal(() =>
      new ExpressionCompiler(this.#scalars, this.#splits, this.#json, args).compile(expression, undefined),
    );
  }

  filter(test: KernelValue): Refusal | undefined {
    // Objects are truthy: every row stays.
    if (test.kind !== "scalar") return test.kind === "list" ? refuse("tests a list") : undefined;
    const kept = this.#scalars.truthy(test);
    if (this.#scalars.graph.constantOf(kept.register)?.value !== true) {
      this.#scalars.graph.bar({ kind: "filter", test: kept.register });
    }
    return undefined;
  }

  expand(list: KernelValue): Refusal | undefined {
    if (list.kind !== "list" || !isSplitList(list)) return refuse("the kernel expands what a text is split into only");
    const { text, separator } = list.list;
    const isAscii = separator.length === 1 && separator.charCodeAt(0) <= ASCII_MAX;
    const bytes = encodeWtf8(separator);
    const piece = this.#scalars.graph.newValue();
    this.#scalars.graph.bar({
      kind: "expand",
      of: text.register,
      piece,
      extra: isAscii ? separator.charCodeAt(0) : abi.EXPAND_SPLIT_TEXT,
      data: isAscii
        ? new Uint8Array(0)
        : new Uint8Array([...new Uint8Array(Int32Array.of(bytes.length).buffer), ...bytes, ...new Uint8Array(16)]),
    });
    this.row = { kind: "scalar", tags: STRING.tags, register: piece };
    return undefined;
  }

  read(_format: LineFormat): Refusal | undefined {
    return refuse("not yet");
  }

  rejectsOf(_format: LineFormat): Refusal | undefined {
    return refuse("not yet");
  }

  build({ op, inputs }: { readonly op: number; readonly inputs: readonly KernelValue[] }): BuiltProgram {
    const values = inputs.flatMap(scalarsOf).map(({ register }) => register);
    return this.#scalars.graph.build(op, values);
  }
}

/** A value of a type whose leaves lie in these registers, depth first. */
function valueFor(type: RowType, registers: number[]): KernelValue {
  switch (type.kind) {
    case "scalar":
      return { kind: "scalar", tags: type.tags, register: registers.shift()! };
    case "tuple":
      return { kind: "tuple", items: type.items.map((item) => valueFor(item, registers)) };
    case "record":
      return { kind: "record", fields: type.fields.map(([name, field]) => [name, valueFor(field, registers)] as const) };
    case "list":
      throw new Refused("rows that have lists");
  }
}
