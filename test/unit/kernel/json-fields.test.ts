import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { isInheritedKey, type JsonType, jsonFieldsTable } from "../../../src/kernel/json-fields.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { fits, parsed, shown, shownVector, valueAt } from "../../support/json-model.js";
import { readFields } from "../../support/json-reading.js";
import { JsonTexts } from "../../support/json-texts.js";
import { ARTEFACTS, newKernel, thrownBy } from "../../support/kernel.js";
import { check, random } from "../../support/property.js";

const CASES = Number(process.env.MILLRACE_JSON_CASES ?? 40);
const TYPES: JsonType[] = [
  "any",
  "utf8",
  "f64",
  "i64",
  "boolean",
  { list: "f64" },
  { list: "any" },
  { list: { list: "utf8" } },
];

function paths(texts: JsonTexts): string[][] {
  return Array.from({ length: 1 + texts.below(5) }, () => Array.from({ length: texts.below(3) }, () => texts.key()));
}

/** Texts read as a declared schema of "any", which tells those that are not JSON, against `JSON.parse`. */
function checkAny(kernel: Kernel, texts: JsonTexts): void {
  const wanted = paths(texts);
  const lines = texts.below(2)
    ? texts.lines(30)
    : Array.from({ length: 30 }, () => (texts.below(2) ? texts.value() : texts.mutated(texts.value())));
  const fields = wanted
    .filter((path) => path.length > 0)
    .map((path, i) => ({ path, register: i + 2, type: "any" as const }));
  const reports = { ok: 1, reason: fields.length + 2 };
  const rows = readFields(kernel, { mode: "declared", fields: distinct(fields), reports }, fields.length + 2, lines);
  rows.forEach((row, i) => {
    const root = parsed(lines[i]!);
    const isObject = root !== undefined && shown(root.value).startsWith("{");
    const isRow = isObject && fields.every(({ path }) => fitsPath(root.value, path));
    expect([lines[i], row[0]]).toEqual([lines[i], isRow]);
    if (!root) expect([lines[i], row[fields.length + 1]]).toEqual([lines[i], abi.JSON_FAULT_SYNTAX]);
    for (const { path, register } of distinct(fields)) {
      expect(shownVector(row[register - 1]), lines[i]).toBe(isRow ? shown(valueAt(root.value, path)) : "undefined");
    }
  });
}

/** What a path leads through is a record, null or missing. */
function fitsPath(root: unknown, path: readonly string[]): boolean {
  return path.slice(0, -1).every((_, i) => fits(valueAt(root, path.slice(0, i + 1)), { record: [] }));
}

function distinct<T extends { readonly path: readonly string[] }>(fields: readonly T[]): T[] {
  return fields.filter((field, i) => !fields.slice(0, i).some((other) => shown(other.path) === shown(field.path)));
}

function checkTypes(kernel: Kernel, texts: JsonTexts): void {
  const schema = distinct(Array.from({ length: 4 }, () => ({ path: [texts.key()], type: texts.one(TYPES) })));
  const fields = schema.map((field, i) => ({ ...field, register: i + 2 }));
  const lines = texts.lines(30);
  const rows = readFields(kernel, { mode: "declared", fields, reports: { ok: 1 } }, fields.length + 1, lines);
  rows.forEach((row, i) => {
    const root = parsed(lines[i]!);
    const isRow =
      root !== undefined &&
      shown(root.value).startsWith("{") &&
      schema.every(({ path, type }) => fits(valueAt(root.value, path), type));
    expect([lines[i], row[0]]).toEqual([lines[i], isRow]);
    for (const { path, type, register } of fields) {
      const value = isRow ? valueAt(root.value, path) : undefined;
      // An integer has no sign where it is 0.
      expect(shownVector(row[register - 1]), lines[i]).toBe(shown(type === "i64" && value === 0 ? 0 : value));
    }
  });
}

/** Property access on `JSON.parse`, all rows at once, and each refused text alone. */
function checkParse(kernel: Kernel, texts: JsonTexts): void {
  const wanted = distinct(paths(texts).map((path) => ({ path }))).filter(({ path }) => !path.some(isInheritedKey));
  const fields = wanted.map(({ path }, i) => ({ path, register: i + 1 }));
  const lines = texts.below(2) ? texts.lines(20) : Array.from({ length: 10 }, () => texts.value());
  const valid = lines.filter((line) => parsed(line));
  const rows = readFields(kernel, { mode: "parse", fields }, fields.length, valid);
  rows.forEach((row, i) => {
    for (const [j, { path }] of fields.entries()) {
      expect(shownVector(row[j]), valid[i]).toBe(shown(valueAt(JSON.parse(valid[i]!), path)));
    }
  });
  const refused = lines.find((line) => !parsed(line));
  if (refused !== undefined) {
    expect(thrownBy(() => readFields(kernel, { mode: "parse", fields }, fields.length, [refused]))).toBeInstanceOf(
      Error,
    );
  }
}

describe.each(ARTEFACTS)("JSON_FIELDS (%s)", (artefact) => {
  it("reads what JSON.parse reads, and refuses what it refuses", () => {
    const kernel = newKernel(artefact);
    const free = kernel.memory.bytesTaken;
    check(
      fc.property(fc.integer(), (seed) => {
        const texts = new JsonTexts(random(seed));
        checkAny(kernel, texts);
        checkTypes(kernel, texts);
        checkParse(kernel, texts);
      }),
      { numRuns: CASES },
    );
    // The table of powers stays.
    expect(kernel.memory.bytesTaken - free).toBeLessThan(16_384);
  });

  it("tells how a row does not fit, where, and in which field", () => {
    const fields = [
      { path: ["id"], register: 1, type: "i64" as const },
      { path: ["big"], register: 2, type: "i64.big" as const },
      { path: ["geo", "lat"], register: 3, type: "f64" as const },
      { path: ["items"], type: { list: { record: [["n", "i64"]] } } as JsonType },
    ];
    const reports = { ok: 4, reason: 5, field: 6, position: 7 };
    const read = (text: string) => readFields(newKernel(artefact), { mode: "declared", fields, reports }, 7, [text])[0];
    expect(read('{"id":-0,"big":-9223372036854775808,"geo":{"lat":1}}')).toEqual([
      0,
      -(2n ** 63n),
      1,
      true,
      undefined,
      undefined,
      undefined,
    ]);
    expect(read('{"id":1.50e1,"big":1e18,"geo":null}')).toEqual([
      15,
      10n ** 18n,
      undefined,
      true,
      undefined,
      undefined,
      undefined,
    ]);
    const fault = (reason: number, field: number | undefined, position: number) => [
      undefined,
      undefined,
      undefined,
      false,
      reason,
      field,
      position,
    ];
    expect(read('{"id":1,}')).toEqual(fault(abi.JSON_FAULT_SYNTAX, undefined, 8));
    expect(read("")).toEqual(fault(abi.JSON_FAULT_SYNTAX, undefined, 0));
    expect(read("[]")).toEqual(fault(abi.JSON_FAULT_TYPE, 0, 0));
    expect(read('{"geo":{"lat":"x"},"id":"1"}')).toEqual(fault(abi.JSON_FAULT_TYPE, 2, 14));
    expect(read('{"id":1.5}')).toEqual(fault(abi.JSON_FAULT_NOT_INTEGER, 0, 6));
    expect(read('{"id":1e-400}')?.slice(0, 4)).toEqual([0, undefined, undefined, true]);
    expect(read('{"big":0.99999999999999999999}')).toEqual(fault(abi.JSON_FAULT_NOT_INTEGER, 1, 7));
    expect(read('{"id":9007199254740992}')).toEqual(fault(abi.JSON_FAULT_RANGE, 0, 6));
    expect(read('{"big":9223372036854775808}')).toEqual(fault(abi.JSON_FAULT_RANGE, 1, 7));
    expect(read('{"items":[{"n":1},{"n":"x"},{"n":2}]}')).toEqual(fault(abi.JSON_FAULT_TYPE, 3, 23));
    // A later value of the key counts alone.
    expect(read('{"id":"x","geo":{"lat":true},"id":3,"geo":{}}')?.slice(0, 4)).toEqual([3, undefined, undefined, true]);
    expect(read('{"id":"x"} x')).toEqual(fault(abi.JSON_FAULT_SYNTAX, undefined, 11));
  });

  it("gives the last of several values of a key, without what was in the others", () => {
    const fields = [["geo"], ["geo", "lat"], ["ad_id"], ["__proto__"]].map((path, i) => ({
      path,
      register: i + 1,
      type: "any" as const,
    }));
    const read = (text: string) =>
      readFields(newKernel(artefact), { mode: "declared", fields, reports: {} }, 4, [text])[0]?.map(shownVector);
    expect(read('{"geo":{"lat":1},"geo":{"lon":2}}')).toEqual(['{"lon":2}', "undefined", "undefined", "undefined"]);
    expect(read('{"geo":{"lat":1},"geo":null}')).toEqual(["null", "undefined", "undefined", "undefined"]);
    expect(read('{"\\u0061d_id":1,"__proto__":"own"}')).toEqual(["undefined", "undefined", "1", '"own"']);
  });

  it("reads any depth, and numbers that only the host reads", () => {
    const kernel = newKernel(artefact);
    const deep = (depth: number) =>
      `{"a":${"[".repeat(depth)}${'{"x":['.repeat(depth)}${"]}".repeat(depth)}${"]".repeat(depth)},"b":7}`;
    const hard = "9007199254740993.00000000000000000000000000000000000000000000000001";
    const least = "2.4703282292062327208e-324";
    const texts = [1, 31, 32, 33, 300, 5000].map(deep).concat(`{"b":${hard}}`, '{"b":1e-5}', `{"b":${least}}`);
    const rows = readFields(kernel, { mode: "parse", fields: [{ path: ["b"], register: 1 }] }, 1, texts);
    expect(rows.map(([b]) => b)).toEqual([7, 7, 7, 7, 7, 7, Number(hard), 1e-5, Number(least)]);
    expect(
      thrownBy(() => readFields(kernel, { mode: "parse", fields: [] }, 0, [deep(5000).replace("]]]", "]}]")])),
    ).toBeInstanceOf(Error);
  });

  it("bails where a value that is no object has the property", () => {
    const read = (text: string, key: string) =>
      readFields(newKernel(artefact), { mode: "parse", fields: [{ path: [key], register: 1 }] }, 1, [text]);
    expect(read("[1,2]", "x")).toEqual([[undefined]]);
    expect(read('"text"', "x")).toEqual([[undefined]]);
    for (const [text, key] of [
      ["[1]", "length"],
      ["[1]", "0"],
      ["[1]", "map"],
      ['"t"', "length"],
      ['"t"', "trim"],
      ["1", "toFixed"],
    ] as const) {
      expect(
        thrownBy(() => read(text, key)),
        key,
      ).toBeInstanceOf(Error);
    }
    expect(() => jsonFieldsTable({ mode: "parse", fields: [{ path: ["constructor"] }] })).toThrow(RangeError);
  });
});
