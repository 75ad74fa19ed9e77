import { describe, expect, it } from "vitest";
import { decodeRows, encodeRows } from "../../../../src/block/codec.js";
import { PlanError } from "../../../../src/errors.js";

function refused(rows: readonly unknown[]): PlanError {
  try {
    encodeRows(rows);
  } catch (error) {
    expect(error).toBeInstanceOf(PlanError);
    return error as PlanError;
  }
  throw new Error("The rows were not refused.");
}

function nested(depth: number, inner: unknown = 1): unknown {
  let value = inner;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

describe("values that cannot be encoded", () => {
  const cyclic: unknown[] = ["x".repeat(1000)];
  cyclic.push({ back: cyclic });

  it.each<[string, string, readonly unknown[]]>([
    ["a function", "rows[1]", [1, () => 1]],
    ["a symbol", 'rows[0]["a"][2]', [{ a: [0, 1, Symbol("s")] }]],
    ["a function", 'rows[0]["k"]', [new Map([["k", () => 1]])]],
    ["a symbol", "rows[0](a key)", [new Map([[Symbol("s"), 1]])]],
    ["a function", "rows[0](a value)", [new Map([[{}, () => 1]])]],
    ["a symbol", "rows[0](an element)[0]", [new Set([[Symbol("s")]])]],
    ["an object of class RegExp", "rows[0]", [/x/]],
    ["an object of class TypeError", 'rows[0]["cause"]', [{ cause: Object.assign(new TypeError("x"), { code: 1 }) }]],
    ["an object of class Promise", "rows[0][0]", [[Promise.resolve()]]],
    ["a value that contains itself", 'rows[1][1]["back"]', [1, cyclic]],
  ])("%s at %s is refused", (what, place, rows) => {
    const error = refused(rows);
    expect(error.code).toBe("unsupported-value");
    expect(error.details.what).toBe(what);
    expect(error.message).toContain(`but ${place} is ${what};`);
  });

  it("a value that contains itself in each of many parts is refused at once", () => {
    const wide: unknown[] = [];
    for (let index = 0; index < 1000; index++) wide.push(wide);
    expect(refused([wide]).message).toContain("rows[0][0] is a value that contains itself");
  });

  it("a value that contains itself and much else is found before its copies fill the memory", () => {
    const fat: unknown[] = ["x".repeat(3_000_000)];
    fat.push(fat);
    expect(refused([fat]).details.what).toBe("a value that contains itself");
  });

  it("the first in the order of encoding is named", () => {
    expect(refused([nested(70, () => 1), cyclic]).details.what).toBe("a function");
  });

  it("a thousand levels are allowed, one more is refused", () => {
    expect(decodeRows(encodeRows([nested(1000)]))).toEqual([nested(1000)]);
    const error = refused([0, nested(1001)]);
    expect(error.message).toContain("but rows[1] is nested deeper than 1000 levels;");
  });

  it("an error that a getter throws passes", () => {
    const row = {
      get broken(): never {
        throw new Error("getter");
      },
    };
    expect(() => encodeRows([row])).toThrow("getter");
  });

  it("shared parts are no cycle, at any depth", () => {
    const shared = { a: 1 };
    const rows = [[shared, shared], nested(100, [shared, shared])];
    expect(decodeRows(encodeRows(rows))).toEqual(rows);
  });
});
