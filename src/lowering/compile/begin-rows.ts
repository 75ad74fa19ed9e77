import { abi } from "#kernel";
import { BOOLEAN, columnKinds, JSON_VALUE, type RowType, type ScalarType, STRING } from "../../block/row-type.js";
import { encodeWtf8 } from "../../kernel/wtf8.js";
import type { LineFormat } from "../../schema/format.js";
import type { Expression, Refusal } from "../expression.js";
import { orRefusal, Refused } from "../refused.js";
import { elementIn, isColumnList, rowOfColumns } from "./column-lists.js";
import { ExpressionCompiler } from "./compile-expression.js";
import { type ReadTexts, readCsvTexts } from "./csv-texts.js";
import { foldRows } from "./fold-rows.js";
import { JsonTexts } from "./json-texts.js";
import {
  type BuiltProgram,
  type FoundRow,
  type KernelFold,
  type KernelRows,
  type KernelValue,
  scalarsOf,
} from "./kernel-rows.js";
import { type Item, isEachList, itemsOf, JsonElements, throwingLists } from "./lists.js";
import { findRow } from "./look-ups.js";
import { isOptional } from "./optional.js";
import { ProgramGraph } from "./program-graph.js";
import { type Sampling, sampleRows } from "./sample-rows.js";
import { JSON_TAG, type Scalar, Scalars } from "./scalars.js";
import { isSplitList, type SplitList, SplitTexts } from "./split-texts.js";
import { inTurns, type StateChange } from "./turns.js";

const ASCII_MAX = 0x7f;
/** Items that one row is expanded to. */
const ITEMS_MAX = 256;

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
    const graph = new ProgramGraph(isLines, columnKinds(type).length);
    this.#scalars = new Scalars(graph);
    this.#splits = new SplitTexts(this.#scalars);
    this.#json = new JsonTexts(this.#scalars);
    this.row = rowOfColumns(this.#scalars, type, graph.sourceValues);
  }

  setRow(row: KernelValue): void {
    this.row = row;
  }

  apply(expression: Expression, args: readonly KernelValue[]): KernelValue | Refusal {
    return orRefusal(() => {
      const compiler = this.#compiler(args);
      const value = compiler.compile(expression, undefined);
      // What throws for an element throws where the list is expanded: it must not get lost.
      const seen = new Set(throwingLists(value));
      const made = [...compiler.throwing, ...args.flatMap(throwingLists)];
      if (made.some((list) => !seen.has(list))) throw new Refused("calls a function that may throw for an element");
      return value;
    });
  }

  #compiler(args: readonly KernelValue[]): ExpressionCompiler {
    return new ExpressionCompiler(this.#scalars, this.#splits, this.#json, args);
  }

  filter(test: KernelValue): Refusal | undefined {
    return orRefusal(() => {
      const kept = this.#compiler([]).truthyOf(test);
      this.#filter(kept);
      const { row } = this;
      // Rows that are left are there.
      if (isOptional(row) && row.list.isThere.register === kept.register) this.row = row.list.value;
      return undefined;
    });
  }

  #filter(kept: Scalar): undefined {
    const { graph } = this.#scalars;
    if (graph.constantOf(kept.register)?.value !== true) graph.bar({ kind: "filter", test: kept.register });
  }

  sample(sampling: Sampling): undefined {
    sampleRows(this.#scalars, sampling, (kept) => this.#filter(kept));
  }

  expand(list: KernelValue): Refusal | undefined {
    return orRefusal(() => this.#expand(list));
  }

  #expand(list: KernelValue): undefined {
    const items = itemsOf(list);
    if (items) return this.#expandItems(items);
    if (list.kind === "scalar" && list.tags & JSON_TAG) return this.#expandJson(list);
    if (list.kind !== "list") throw new Refused("expands what may be no list");
    if (isEachList(list)) {
      const { of, method, apply } = list.list;
      this.#expand(of);
      const made = apply(this.row);
      if (method === "filter") this.#filter(this.#compiler([]).truthyOf(made));
      else this.row = made;
    } else if (isSplitList(list)) this.#expandSplit(list.list);
    else if (list.list instanceof JsonElements) this.#expandJson(list.list.of);
    else if (isColumnList(list)) {
      const { graph } = this.#scalars;
      const { element, leaves } = elementIn(this.#scalars, list.list);
      graph.bar({ kind: "elements", of: list.list.register, leaves });
      this.row = element;
    } else throw new Refused("expands what the kernel does not expand");
  }

  #expandSplit({ text, separator }: SplitList): undefined {
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
  }

  /** One row is what it becomes; more are taken in turn from the registers that their leaves lie in. */
  #expandItems(items: readonly Item[]): undefined {
    const { graph } = this.#scalars;
    const [first, ...others] = items;
    if (first === undefined) {
      // No row is left, whatever rows would be.
      this.#filter(this.#scalars.constant(false));
      return;
    }
    if (others.length === 0) {
      if (first.isThere) this.#filter(first.isThere);
      this.row = first.value;
      return;
    }
    if (items.length > ITEMS_MAX) throw new Refused(`expands an array of ${items.length} items`);
    const row = mergedShape(items.map(({ value }) => value));
    const columns = items.map(({ value }) => scalarsOf(value).map(({ register }) => register));
    const isThere = items.some((item) => item.isThere)
      ? items.map((item) => (item.isThere ?? this.#scalars.constant(true)).register)
      : undefined;
    const sources = [
      ...columns[0]!.map((_, leaf) => columns.map((column) => column[leaf]!)),
      ...(isThere ? [isThere] : []),
    ];
    const leaves = sources.map((from) => ({ value: graph.newValue(), from }));
    graph.bar({ kind: "items", leaves });
    const registers = leaves.map(({ value }) => value);
    this.row = placed(row, registers);
    if (isThere) this.#filter({ kind: "scalar", tags: BOOLEAN.tags, register: registers.shift()! });
  }

  /** The elements of arrays; anything else is left to JavaScript. */
  #expandJson(list: Scalar): undefined {
    const piece = this.#scalars.graph.newValue();
    this.#scalars.graph.bar({
      kind: "expand",
      of: list.register,
      piece,
      extra: abi.EXPAND_JSON,
      data: new Uint8Array(0),
    });
    this.row = { kind: "scalar", tags: JSON_VALUE.tags, register: piece };
  }

  fold(fold: KernelFold): readonly Scalar[] | Refusal {
    return orRefusal(() => foldRows(this.#scalars, (expression, args) => this.apply(expression, args), fold));
  }

  inTurns(
    key: KernelValue,
    state: RowType,
    change: (state: KernelValue) => StateChange | Refusal,
  ): Refusal | undefined {
    return orRefusal(() => {
      this.row = inTurns(this.#scalars, key, state, (given) => {
        const made = change(given);
        if ("ok" in made) throw new Refused(made.reason, made.token);
        return made;
      });
      return undefined;
    });
  }

  find(key: KernelValue, columns: readonly ScalarType[]): FoundRow | Refusal {
    return orRefusal(() => findRow(this.#scalars.graph, this.#scalars.of(key, "looks up"), columns));
  }

  read(format: LineFormat): Refusal | undefined {
    return orRefusal(() => {
      const text = this.#text();
      const { row, ok, isRow = ok } = this.#declared(format, text);
      this.#scalars.graph.add({
        op: abi.OP_REJECTS,
        operands: [ok.register, text.register],
        imm: 0,
        outputs: [],
        isEffect: true,
      });
      this.#scalars.graph.bar({ kind: "filter", test: isRow.register });
      this.row = row;
      return undefined;
    });
  }

  rejectsOf(format: LineFormat): Refusal | undefined {
    return orRefusal(() => {
      const { ok } = this.#declared(format, this.#text());
      this.#scalars.graph.bar({ kind: "filter", test: this.#scalars.not(ok).register });
      return undefined;
    });
  }

  #text(): Scalar {
    if (this.row.kind === "scalar" && this.row.tags === STRING.tags) return this.row;
    throw new Refused("the rows are not text");
  }

  #declared(format: LineFormat, text: Scalar): ReadTexts {
    if (format.kind === "json") return this.#json.declared(text, format.schema);
    return readCsvTexts(this.#scalars, text, format);
  }

  build({ op, inputs }: { readonly op: number; readonly inputs: readonly KernelValue[] }): BuiltProgram {
    const values = inputs.flatMap(scalarsOf).map(({ register }) => register);
    return this.#scalars.graph.build(op, values);
  }
}

/** What values of one shape have in common: leaves with the tags of all of them. */
function mergedShape(values: readonly KernelValue[]): KernelValue {
  return values.reduce(merged);
}

function merged(a: KernelValue, b: KernelValue): KernelValue {
  if (a.kind === "scalar" && b.kind === "scalar") {
    return { kind: "scalar", tags: a.tags | b.tags, register: a.register };
  }
  if (a.kind === "tuple" && b.kind === "tuple" && a.items.length === b.items.length) {
    return { kind: "tuple", items: a.items.map((item, i) => merged(item, b.items[i]!)) };
  }
  const isAlike =
    a.kind === "record" &&
    b.kind === "record" &&
    a.fields.length === b.fields.length &&
    a.fields.every(([name], i) => name === b.fields[i]![0]);
  if (!isAlike) throw new Refused("makes rows of different shapes");
  return {
    kind: "record",
    fields: a.fields.map(([name, field], i) => [name, merged(field, b.fields[i]![1])] as const),
  };
}

/** A value of the same shape whose leaves are the first of these registers; those are taken away. */
function placed(value: KernelValue, registers: number[]): KernelValue {
  switch (value.kind) {
    case "scalar":
      return { ...value, register: registers.shift()! };
    case "tuple":
      return { kind: "tuple", items: value.items.map((item) => placed(item, registers)) };
    case "record":
      return { kind: "record", fields: value.fields.map(([name, field]) => [name, placed(field, registers)] as const) };
    case "list":
      throw new Refused("makes rows that are lists");
  }
}
