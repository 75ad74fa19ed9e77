import { abi } from "#kernel";
import { encodeWtf8 } from "./wtf8.js";

/** How values are brought into a cell; what a key begins with is stored as it is. */
export type GroupOp =
  | "count"
  | "sum"
  | "min"
  | "max"
  | "first"
  | "last"
  | "less"
  | "greater"
  | "below"
  | "above"
  | "and"
  | "or"
  | "bit-and"
  | "bit-or"
  | "bit-xor"
  | "concat"
  /** Values, or what sketches of others were sealed as, into a sketch. */
  | "sketch"
  | "sketch-merge";

/** What one cell of a group holds. */
export interface GroupAggregate {
  readonly op: GroupOp;
  /** Register of what a key begins with. Nothing for `count`, which is 1 then. */
  readonly first?: number;
  /** Register of what is brought in from then on. */
  readonly value?: number;
  /** Numbers alone: eight bytes instead of sixteen, and the rows go to JavaScript where there is any other value. Always so for some operations. */
  readonly isNumber?: boolean;
  /** Of a sketch. */
  readonly sketch?: SketchForm;
}

/** A kind of sketch as the kernel has it (assembly/sketches/layout.ts). */
export interface SketchForm {
  readonly parameters: Uint8Array;
  /** Room that the sketches of a table share. */
  readonly roomBytes: number;
}

/** The shape of keys; the leaves are scalars. */
export type KeyShape =
  | { readonly kind: "scalar" }
  | { readonly kind: "tuple"; readonly items: readonly KeyShape[] }
  | { readonly kind: "record"; readonly fields: ReadonlyArray<readonly [name: string, shape: KeyShape]> };

/** What a sink groups by, and what it makes of each group. Plain data. */
export interface GroupSpec {
  /** Nothing: all rows are one group. */
  readonly key?: KeyShape;
  /** Registers of the leaves of the key, depth first. */
  readonly keyRegisters: readonly number[];
  readonly aggregates: readonly GroupAggregate[];
  /** Whether groups have numbers, for `OP_GROUP_NUMBER`. */
  readonly isNumbered?: boolean;
}

/** Cells of an entry begin here. */
const CELLS_OFFSET = 24;
const STRIDE_UNIT = 32;

const OPS: Readonly<Record<GroupOp, readonly [code: number, cells: "numbers" | "values" | "any"]>> = {
  count: [abi.AGGREGATE_COUNT, "numbers"],
  sum: [abi.AGGREGATE_SUM, "numbers"],
  min: [abi.AGGREGATE_MIN, "numbers"],
  max: [abi.AGGREGATE_MAX, "numbers"],
  first: [abi.AGGREGATE_FIRST, "any"],
  last: [abi.AGGREGATE_LAST, "any"],
  less: [abi.AGGREGATE_LESS, "any"],
  greater: [abi.AGGREGATE_GREATER, "any"],
  below: [abi.AGGREGATE_BELOW, "any"],
  above: [abi.AGGREGATE_ABOVE, "any"],
  and: [abi.AGGREGATE_AND, "any"],
  or: [abi.AGGREGATE_OR, "any"],
  "bit-and": [abi.AGGREGATE_BIT_AND, "numbers"],
  "bit-or": [abi.AGGREGATE_BIT_OR, "numbers"],
  "bit-xor": [abi.AGGREGATE_BIT_XOR, "numbers"],
  concat: [abi.AGGREGATE_CONCAT, "values"],
  sketch: [abi.AGGREGATE_SKETCH, "values"],
  "sketch-merge": [abi.AGGREGATE_SKETCH_MERGE, "values"],
};

/** What merges what such an operation made of parts: `count` adds up, sketches are merged, any other goes on as it is. */
export function mergeOp(op: GroupOp): GroupOp {
  if (op === "sketch") return "sketch-merge";
  return op === "count" ? "sum" : op;
}

/** Where everything of a group lies in an entry. */
export interface GroupLayout {
  readonly form: number;
  readonly stride: number;
  readonly keyCells: readonly number[];
  readonly numberCell: number;
  readonly aggregates: ReadonlyArray<{
    readonly code: number;
    readonly first: number;
    readonly value: number;
    readonly cell: number;
    readonly bytes: number;
  }>;
}

export function layoutOf(spec: GroupSpec): GroupLayout {
  let offset = CELLS_OFFSET;
  const cell = (bytes: number) => {
    offset += bytes;
    return offset - bytes;
  };
  const { key } = spec;
  const form = key === undefined ? abi.GROUP_GLOBAL : key.kind === "scalar" ? abi.GROUP_SINGLE : abi.GROUP_COMPOSITE;
  const keyCells = form === abi.GROUP_COMPOSITE ? spec.keyRegisters.map(() => cell(abi.CELL_VALUE)) : [];
  const numberCell = spec.isNumbered ? cell(abi.CELL_NUMBER) : 0;
  const aggregates = spec.aggregates.map(({ op, first = -1, value = -1, isNumber = false }) => {
    const [code, cells] = OPS[op];
    const bytes = cells === "numbers" || (cells === "any" && isNumber) ? abi.CELL_NUMBER : abi.CELL_VALUE;
    return { code, first, value, cell: cell(bytes), bytes };
  });
  return { form, stride: Math.ceil(offset / STRIDE_UNIT) * STRIDE_UNIT, keyCells, numberCell, aggregates };
}

/** A part of a canonical string: text, then the value of a cell, where there is one. */
export interface TemplateItem {
  readonly text: string;
  /** 0: none. */
  readonly cell: number;
  /** Left out where the value is undefined: properties of objects are. */
  readonly isOptional: boolean;
}

/** How the canonical string (src/block/key.ts) of a key of several values is put together. */
export function templateOf(shape: KeyShape, keyCells: readonly number[]): TemplateItem[] {
  const items: TemplateItem[] = [];
  let leaf = 0;
  const write = (part: KeyShape, text: string, isOptional: boolean) => {
    if (part.kind === "scalar") {
      items.push({ text, cell: keyCells[leaf++]!, isOptional });
    } else if (part.kind === "tuple") {
      items.push({ text: `${text}[`, cell: 0, isOptional: false });
      for (const item of part.items) write(item, "", false);
      items.push({ text: "]", cell: 0, isOptional: false });
    } else {
      items.push({ text: `${text}{`, cell: 0, isOptional: false });
      const from = items.length;
      const fields = part.fields.map(([name, field]) => {
        const start = items.length;
        write(field, `s${name.length}:${name}`, true);
        return { name, items: items.slice(start) };
      });
      // Leaves are counted in the order of the fields, but written in that of their names.
      fields.sort((a, b) => (a.name < b.name ? -1 : 1));
      items.splice(from, items.length - from, ...fields.flatMap((field) => field.items));
      items.push({ text: "}", cell: 0, isOptional: false });
    }
  };
  write(shape, "", false);
  return items;
}

/** The template as the kernel reads it (assembly/group/finish.ts). */
export function encodeTemplate(items: readonly TemplateItem[]): Uint8Array {
  const texts = items.map(({ text }) => encodeWtf8(text));
  const listBytes = items.length * abi.TEMPLATE_ITEM_BYTES;
  const bytes = new Uint8Array(listBytes + texts.reduce((sum, text) => sum + text.length, 0));
  const view = new DataView(bytes.buffer);
  let at = listBytes;
  items.forEach(({ cell, isOptional }, i) => {
    const item = i * abi.TEMPLATE_ITEM_BYTES;
    view.setUint32(item, at, true);
    view.setUint32(item + 4, texts[i]!.length, true);
    view.setUint32(item + 8, cell, true);
    view.setUint32(item + 12, isOptional ? 1 : 0, true);
    bytes.set(texts[i]!, at);
    at += texts[i]!.length;
  });
  return bytes;
}
