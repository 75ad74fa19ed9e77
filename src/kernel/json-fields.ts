import { abi } from "#kernel";
import type { Assist } from "./program.js";
import { JsonSlice } from "./vector.js";
import { encodeWtf8 } from "./wtf8.js";

/** What a value of a declared schema may be, besides null and missing. */
export type JsonType =
  | "any"
  | "utf8"
  | "f64"
  | "i64"
  | "i64.big"
  | "boolean"
  | { readonly list: JsonType }
  | { readonly record: ReadonlyArray<readonly [name: string, type: JsonType]> };

/** A path from the root of the text; `[]` is the root itself. */
export interface JsonField {
  readonly path: readonly string[];
  /** Register of its value; none where it is only checked. */
  readonly register?: number;
  /** Of a declared field. */
  readonly type?: JsonType;
}

/** Registers that say which rows fit a declared schema: whether, why not (`JSON_FAULT_*`), the index of the field, the position in bytes. */
export interface JsonReports {
  readonly ok?: number;
  readonly reason?: number;
  readonly field?: number;
  readonly position?: number;
}

export interface JsonFields {
  /** "parse": `JSON.parse(text)`; "navigate": a value of an outer text; "declared": a text of a schema. */
  readonly mode: "parse" | "navigate" | "declared";
  readonly fields: readonly JsonField[];
  readonly reports?: JsonReports;
}

interface Node {
  readonly key: Uint8Array;
  readonly children: Map<string, Node>;
  register: number;
  kind: number;
  refuses: number;
  field: number;
}

const ALL_TYPES = 63;
const KEY_ALIGNMENT = 16;
const HEADER_OK = 8;
const HEADER_TEMPLATES = 24;

/** Whether `value.key` of a value that has no such property of its own may be something else than undefined: such paths are not for the kernel. */
export function isInheritedKey(key: string): boolean {
  return key in Object.prototype;
}

/**
 * The table of `OP_JSON_FIELDS` (assembly/ops/json-table.ts) for the fields, to be placed on a multiple of 8 in a program's data.
 *
 * "parse" and "navigate" give what JavaScript's property access gives: undefined for what is missing; where the parent is null or undefined the
 * result is undefined too, and the program guards with the parent's own register. A list, string, number or boolean that inherits the key bails.
 *
 * **Errors:** `RangeError` where such a path has a key that objects inherit (`isInheritedKey`).
 */
export function jsonFieldsTable({ mode, fields, reports = {} }: JsonFields): Uint8Array {
  const isDeclared = mode === "declared";
  const root = newNode("", -1);
  for (const [index, field] of fields.entries()) addField(root, field, index, isDeclared);
  if (isDeclared) {
    root.kind = abi.JSON_RECORD;
    root.refuses = ALL_TYPES & ~abi.JSON_IS_OBJECT;
  }
  const nodes: Node[] = [];
  const ends: number[] = [];
  const visit = (node: Node) => {
    const index = nodes.push(node) - 1;
    for (const child of node.children.values()) visit(child);
    ends[index] = nodes.length;
  };
  visit(root);
  return tableBytes(mode, nodes, ends, reports);
}

function newNode(key: string, field: number): Node {
  return { key: encodeWtf8(key), children: new Map(), register: -1, kind: abi.JSON_ANY, refuses: 0, field };
}

function childOf(parent: Node, key: string, field: number): Node {
  let child = parent.children.get(key);
  if (!child) {
    child = newNode(key, field);
    parent.children.set(key, child);
  }
  return child;
}

function addField(
  root: Node,
  { path, register = -1, type = "any" }: JsonField,
  index: number,
  isDeclared: boolean,
): void {
  let node = root;
  for (const key of path) {
    if (isDeclared) setKind(node, abi.JSON_RECORD, abi.JSON_IS_OBJECT);
    else {
      if (isInheritedKey(key))
        throw new RangeError(`Objects inherit ${JSON.stringify(key)}: a missing one is not undefined.`);
      node.refuses |= inheritors(key);
    }
    node = childOf(node, key, index);
  }
  node.register = register;
  node.field = index;
  if (isDeclared) addType(node, type, index);
}

/** Types whose values have a property of that name without owning it as a key of JSON. */
function inheritors(key: string): number {
  const has = (prototype: object) => key in prototype;
  const isIndex = /^(0|[1-9]\d*)$/.test(key);
  return (
    (isIndex || has(Array.prototype) ? abi.JSON_IS_ARRAY : 0) |
    (isIndex || has(String.prototype) ? abi.JSON_IS_STRING : 0) |
    (has(Number.prototype) ? abi.JSON_IS_NUMBER : 0) |
    (has(Boolean.prototype) ? abi.JSON_IS_BOOLEAN : 0)
  );
}

function setKind(node: Node, kind: number, accepts: number): void {
  node.kind = kind;
  node.refuses = ALL_TYPES & ~(accepts | abi.JSON_IS_NULL);
}

function addType(node: Node, type: JsonType, field: number): void {
  if (typeof type === "string") {
    const [kind, accepts] = SCALARS[type];
    // A path that only leads on keeps being a record.
    if (type !== "any" || node.children.size === 0) setKind(node, kind, accepts);
  } else if ("list" in type) {
    setKind(node, abi.JSON_LIST, abi.JSON_IS_ARRAY);
    addType(childOf(node, "", field), type.list, field);
  } else {
    setKind(node, abi.JSON_RECORD, abi.JSON_IS_OBJECT);
    for (const [name, each] of type.record) addType(childOf(node, name, field), each, field);
  }
}

const SCALARS = {
  any: [abi.JSON_ANY, ALL_TYPES],
  utf8: [abi.JSON_UTF8, abi.JSON_IS_STRING],
  f64: [abi.JSON_F64, abi.JSON_IS_NUMBER],
  i64: [abi.JSON_I64, abi.JSON_IS_NUMBER],
  "i64.big": [abi.JSON_I64_BIG, abi.JSON_IS_NUMBER],
  boolean: [abi.JSON_BOOLEAN, abi.JSON_IS_BOOLEAN],
} as const;

const MODES = { parse: abi.JSON_PARSE, navigate: abi.JSON_NAVIGATE, declared: abi.JSON_DECLARED };

function tableBytes(
  mode: JsonFields["mode"],
  nodes: readonly Node[],
  ends: readonly number[],
  reports: JsonReports,
): Uint8Array {
  const nodeOffset = (index: number) => abi.JSON_HEADER_BYTES + index * abi.JSON_NODE_BYTES;
  const keyRoom = (node: Node) => Math.ceil((node.key.length + 1) / KEY_ALIGNMENT) * KEY_ALIGNMENT;
  const keysOffset = nodeOffset(nodes.length);
  const templatesOffset = nodes.reduce((offset, node) => offset + keyRoom(node), keysOffset);
  const bytes = new Uint8Array(templatesOffset + abi.JSON_TEMPLATES_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MODES[mode], true);
  view.setUint32(4, nodes.length, true);
  const { ok = -1, reason = -1, field = -1, position = -1 } = reports;
  for (const [i, register] of [ok, reason, field, position].entries()) view.setInt32(HEADER_OK + 4 * i, register, true);
  view.setUint32(HEADER_TEMPLATES, templatesOffset, true);
  let keyOffset = keysOffset;
  nodes.forEach((node, index) => {
    const at = nodeOffset(index);
    view.setInt32(at, node.register, true);
    view.setUint32(at + 4, node.kind, true);
    view.setUint32(at + 8, node.refuses, true);
    view.setUint32(at + 12, nodeOffset(ends[index]!), true);
    view.setUint32(at + 16, node.key.length, true);
    view.setUint32(at + 20, keyOffset, true);
    bytes.set(node.key.subarray(0, 8), at + 24);
    bytes.fill(255, at + 32, at + 32 + Math.min(8, node.key.length));
    view.setUint32(at + 52, Math.max(node.field, 0), true);
    bytes.set(node.key, keyOffset);
    keyOffset += keyRoom(node);
  });
  return bytes;
}

/**
 * The assist of `OP_JSON_FIELDS`: the numbers of a row that the kernel could not read lie in their registers as slices of the text, which no object or
 * array looks like; they are replaced by what JavaScript reads. All else in the row is right already.
 */
export const assistJsonFields: Assist = ({ kernel, rows, instructionPtr, dataPtr, read, write }) => {
  const { view } = kernel.memory;
  const tablePtr = dataPtr + view.getUint32(instructionPtr + 24, true);
  const nodes = view.getUint32(tablePtr + 4, true);
  for (let index = 0; index < nodes; index++) {
    const register = kernel.memory.view.getInt32(tablePtr + abi.JSON_HEADER_BYTES + index * abi.JSON_NODE_BYTES, true);
    if (register < 0) continue;
    for (const row of rows) {
      const value = read(register, row);
      if (value instanceof JsonSlice && /^[-\d]/.test(value.text)) write(register, row, Number(value.text));
    }
  }
};
