import { abi } from "#kernel";
import { BIGINT, BOOLEAN, JSON_FIELD, JSON_VALUE, NULL, NUMBER, STRING, UNDEFINED } from "../../block/row-type.js";
import { isInheritedKey, type JsonField, type JsonType, jsonFieldsTable } from "../../kernel/json-fields.js";
import { type FieldType, isNested, type ListField, type Schema } from "../../schema/field.js";
import { Refused } from "../refused.js";
import type { KernelValue } from "./kernel-rows.js";
import { declaredObject } from "./optional.js";
import { JSON_TAG, NULLISH, type Scalar, type Scalars } from "./scalars.js";

type JsonPath = readonly string[];

/** The fields of a text that a program reads: all of them are found in one pass. */
interface JsonText {
  readonly outputs: number[];
  /** By path, as a key. */
  readonly values: Map<string, number>;
}

const SCALARS: Readonly<Record<string, readonly [type: JsonType, tags: number]>> = {
  utf8: ["utf8", STRING.tags],
  f64: ["f64", NUMBER.tags],
  i64: ["i64", NUMBER.tags],
  "i64.big": ["i64.big", BIGINT.tags],
  bool: ["boolean", BOOLEAN.tags],
};

/** Texts of JSON in a program. */
export class JsonTexts {
  readonly #scalars: Scalars;
  readonly #texts = new Map<string, JsonText>();
  /** Where a value comes from. */
  readonly #origins = new Map<number, { readonly text: JsonText; readonly path: JsonPath }>();

  constructor(scalars: Scalars) {
    this.#scalars = scalars;
  }

  /** `JSON.parse(text)`. */
  parse(text: Scalar): Scalar {
    return this.#value(this.#text("parse", text), [], JSON_VALUE.tags);
  }

  /** `of.name`, of what may be an object. */
  field(of: KernelValue, name: string): KernelValue {
    if (of.kind !== "scalar" || isInheritedKey(name)) throw new Refused(`reads the property "${name}"`, name);
    const origin = this.#origins.get(of.register);
    if (origin) return this.#value(origin.text, [...origin.path, name], JSON_FIELD.tags);
    return this.#value(this.#text("navigate", of), [name], JSON_FIELD.tags);
  }

  /** `of.length`, of what may be an array and is no string. */
  length(of: Scalar): Scalar {
    return this.#scalars.compute(abi.OP_JSON_LENGTH, [of], NUMBER.tags | UNDEFINED.tags);
  }

  /** The rows that lines are by a schema, and whether each is one. */
  declared(text: Scalar, schema: Schema): { readonly row: KernelValue; readonly ok: Scalar } {
    const declared = Object.entries(schema).map(([name, field]): JsonField => ({ path: [name], type: typeOf(field) }));
    const ok = this.#scalars.graph.newValue();
    const json = this.#text("declared", text, declared, ok);
    return {
      row: {
        kind: "record",
        fields: Object.entries(schema).map(([name, field]) => [name, this.#declared(json, [name], field)]),
      },
      ok: { kind: "scalar", tags: BOOLEAN.tags, register: ok },
    };
  }

  #declared(text: JsonText, path: JsonPath, field: FieldType): KernelValue {
    if (isNested(field)) {
      const self = this.#value(text, path, JSON_TAG | NULLISH);
      const fields = Object.entries(field).map(
        ([name, inner]) => [name, this.#declared(text, [...path, name], inner)] as const,
      );
      return declaredObject(this.#scalars, self, { kind: "record", fields });
    }
    if (field.type === "list") {
      // What JSON.parse makes of the text is the list, where its elements need no look.
      const { of } = field as ListField<unknown>;
      const isPlain = !isNested(of) && ["utf8", "f64", "bool"].includes(of.type);
      if (!isPlain) return { kind: "list", list: "a list of integers or objects" };
      return this.#value(text, path, JSON_TAG | NULLISH);
    }
    return this.#value(text, path, SCALARS[field.type]![1] | NULL.tags | UNDEFINED.tags);
  }

  #value(text: JsonText, path: JsonPath, tags: number): Scalar {
    const key = JSON.stringify(path);
    let register = text.values.get(key);
    if (register === undefined) {
      register = this.#scalars.graph.newValue();
      text.values.set(key, register);
      text.outputs.push(register);
      this.#origins.set(register, { text, path });
    }
    return { kind: "scalar", tags, register };
  }

  #text(
    mode: "parse" | "navigate" | "declared",
    of: Scalar,
    declared: readonly JsonField[] = [],
    ok?: number,
  ): JsonText {
    const key = `${mode}|${of.register}|${declared.length > 0 ? JSON.stringify(declared) : ""}`;
    const known = this.#texts.get(key);
    if (known && ok === undefined) return known;
    if (mode === "parse" && this.#scalars.graph.isTrial) {
      throw new Refused("calls JSON.parse in a function inside the function", "JSON.parse");
    }
    const values = new Map<string, number>();
    const outputs = ok === undefined ? [] : [ok];
    this.#scalars.graph.add({
      op: abi.OP_JSON_FIELDS,
      operands: [of.register],
      imm: 0,
      outputs,
      // Text that is no JSON is found out though nobody reads its fields.
      isEffect: mode === "parse",
      data: (registerOf, isRead) => {
        const read = [...values].filter(([, value]) => isRead(value));
        const fields = read.map(
          ([path, value]): JsonField => ({
            path: JSON.parse(path),
            register: registerOf(value),
            ...typeAt(declared, JSON.parse(path)),
          }),
        );
        const others = declared.filter(({ path }) => !read.some(([each]) => each === JSON.stringify(path)));
        return jsonFieldsTable({
          mode,
          fields: [...others, ...fields],
          ...(ok !== undefined && { reports: { ok: registerOf(ok) } }),
        });
      },
    });
    const text = { outputs, values };
    this.#texts.set(key, text);
    return text;
  }
}

/** The declared type of what lies at a path. */
function typeAt(declared: readonly JsonField[], path: JsonPath): { readonly type?: JsonType } {
  let type = declared.find((field) => field.path[0] === path[0])?.type;
  for (const name of path.slice(1)) {
    if (typeof type !== "object" || !("record" in type)) return {};
    type = type.record.find(([field]) => field === name)?.[1];
  }
  return type === undefined ? {} : { type };
}

function typeOf(field: FieldType): JsonType {
  if (isNested(field)) return { record: Object.entries(field).map(([name, inner]) => [name, typeOf(inner)] as const) };
  if (field.type === "list") return { list: typeOf((field as ListField<unknown>).of) };
  return SCALARS[field.type]![0];
}
