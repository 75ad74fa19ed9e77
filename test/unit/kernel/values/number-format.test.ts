import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostileDecimal, hostileNumber } from "../../../support/hostile-numbers.js";
import { check, random } from "../../../support/property.js";
import { loadValues, VALUE_FLAVOURS } from "../../../support/values.js";

/** How many values of each kind; raise it for a long run. */
const CASES = Number(process.env.MILLRACE_VALUE_CASES ?? 1500);

describe.each(VALUE_FLAVOURS)("text of numbers (%s)", async (flavour) => {
  const { functions, bytes, powersPtr, outPtr } = await loadValues(flavour);

  const textOf = (value: number, powers = powersPtr) => {
    const length = functions.numberToText!(value, powers, outPtr);
    let text = "";
    for (let i = 0; i < length; i++) text += String.fromCharCode(bytes[outPtr + i]!);
    return text;
  };

  const agrees = (value: number): void => {
    const text = textOf(value);
    if (text !== String(value)) expect.fail(`String(${value}), not ${text}`);
  };

  it("is that of String", () => {
    check(
      fc.property(fc.integer(), (seed) => {
        const next = random(seed);
        for (let i = 0; i < CASES; i++) {
          agrees(hostileNumber(next));
          agrees(Number(hostileDecimal(next)));
        }
      }),
      { numRuns: 1 },
    );
  });

  it("is that of String for every power of two and of ten, and their neighbours", () => {
    const words = new DataView(new ArrayBuffer(8));
    const around = (value: number): void => {
      words.setFloat64(0, value);
      const bits = words.getBigUint64(0);
      for (let step = -2n; step <= 2n; step++) {
        words.setBigUint64(0, BigInt.asUintN(64, bits + step));
        agrees(words.getFloat64(0));
        agrees(-words.getFloat64(0));
      }
    };
    for (let power = -1074; power < 1024; power++) around(2 ** power);
    for (let power = -324; power < 309; power++) around(Number(`1e${power}`));
    for (const value of [0, Number.NaN, Infinity, 2 ** 53, 123456.789, 100_000_000, 99_999_999, 1e21]) around(value);
  });

  it("needs the powers of five for numbers of many decimals or digits only", () => {
    for (const value of [0, -0, 7, -1446012345678, 2 ** 53 - 1, Number.NaN, -Infinity, 0.5, -18.25, 0.000001])
      expect(textOf(value, 0)).toBe(String(value));
    for (const value of [0.1 + 0.2, 2 ** 53, -1e-7, 1e15 + 0.5]) expect(textOf(value, 0)).toBe("");
  });
});
