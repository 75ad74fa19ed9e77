import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostileDecimal } from "../../../support/hostile-numbers.js";
import { check, random } from "../../../support/property.js";
import { loadValues, VALUE_FLAVOURS } from "../../../support/values.js";

/** How many values of each kind; raise it for a long run. */
const CASES = Number(process.env.MILLRACE_VALUE_CASES ?? 1500);
const EXACT = 0;
const NOT_A_NUMBER = 1;
const HARD = 2;

const JSON_NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;

describe.each(VALUE_FLAVOURS)("numbers from text (%s)", async (flavour) => {
  const values = await loadValues(flavour);
  const { functions, words, outPtr, powersPtr } = values;
  const result = () => words.getFloat64(outPtr, true);

  /** Parses as JSON does, and gives what it found. */
  const parse = (text: string, powers = powersPtr) => {
    const { ptr, bytes } = values.text(text);
    const status = functions.parseDecimal!(ptr, ptr + bytes, powers, outPtr);
    return { status, value: result(), end: words.getUint32(outPtr + 8, true) - ptr };
  };

  const convert = (name: string, text: string, ...radix: number[]) => {
    const { ptr, bytes } = values.text(text);
    const status = functions[name]!(ptr, bytes, ...radix, powersPtr, outPtr);
    return status === EXACT ? result() : HARD;
  };

  const same = (got: number, expected: number, text: string) => {
    if (!Object.is(got, expected)) expect.fail(`${JSON.stringify(text)} is ${expected}, not ${got}`);
  };

  it("are those of JSON.parse to the last bit, and seldom hard", () => {
    check(
      fc.property(fc.integer(), (seed) => {
        const next = random(seed);
        let hard = 0;
        for (let i = 0; i < CASES; i++) {
          const text = hostileDecimal(next);
          const { status, value, end } = parse(text);
          if (status === HARD) {
            hard++;
            continue;
          }
          if (status !== EXACT || end !== text.length) expect.fail(`${text}: status ${status}, ended at ${end}`);
          same(value, JSON.parse(text) as number, text);
        }
        // Only decimals of more than 19 digits close to the middle of two doubles: a third of these texts tries to be, by chance some more.
        expect(hard / CASES).toBeLessThan(0.4);
      }),
      { numRuns: 1 },
    );
  });

  it("are never hard up to 19 digits", () => {
    check(
      fc.property(fc.integer(), (seed) => {
        const next = random(seed);
        for (let i = 0; i < CASES / 4; i++) {
          const digits = String(1 + Math.floor(next() * 999_999_999)) + String(Math.floor(next() * 1e10));
          const text = `${digits}e${Math.floor(next() * 700 - 360)}`;
          const { status, value } = parse(text);
          expect(status).toBe(EXACT);
          same(value, Number(text), text);
        }
      }),
      { numRuns: 1 },
    );
  });

  it("need the powers of five only where one operation is not exact", () => {
    for (const text of [
      "0",
      "-0",
      "1446012345678",
      "9007199254740993",
      "18.25",
      "1e22",
      "123e-22",
      "0e999",
      "12345678901234567890",
    ]) {
      const { status, value } = parse(text, 0);
      if (status === HARD) expect(text).toBe("12345678901234567890");
      else same(value, Number(text), text);
    }
    expect(parse("1e23", 0)).toMatchObject({ status: HARD, end: 4 });
    expect(parse("9007199254740993e1", 0).status).toBe(HARD);
  });

  it("have the grammar of JSON, and end where it does", () => {
    check(
      fc.property(
        fc.array(fc.constantFrom(..."0123456789", "0", ".", "-", "+", "e", "E"), { maxLength: 24 }),
        (parts) => {
          const text = parts.join("");
          const { status } = parse(text);
          const { end } = parse(`${text},`);
          if (JSON_NUMBER.test(text)) {
            expect(status).not.toBe(NOT_A_NUMBER);
            expect(end).toBe(text.length);
          } else if (status !== NOT_A_NUMBER) {
            // A prefix is a number, and what follows could not go on with it.
            const found = parse(text).end;
            expect(found).toBeLessThan(text.length);
            expect(text.slice(0, found)).toMatch(JSON_NUMBER);
          }
        },
      ),
      { numRuns: 2000 },
    );
    for (const text of ["", "-", "+1", ".5", "5.", "01", "-01", "1e", "1e+", "1.e5", "Infinity", "NaN", "x"])
      expect(parse(text).status, text).toBe(NOT_A_NUMBER);
    expect(parse("12}").end).toBe(2);
    expect(parse("-1.5e3]").end).toBe(6);
  });

  it("are what Number, parseFloat and parseInt make of any text", () => {
    const texts = TEXTS.flatMap((text) => [
      text,
      ` ${text}`,
      `\ufeff\u2003${text}\u3000\n`,
      `-${text}`,
      `+${text}`,
      `${text}x`,
      `${text}\u0000`,
    ]);
    for (const text of texts) everyForm(text);
    const part = fc.constantFrom(
      ...TEXTS,
      ...SPACES,
      ..."0123456789abcdefxXoObB.eE+-_",
      "\u{1f600}",
      "\ud83d",
      "\u200b",
      "\u180e",
    );
    check(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => everyForm(parts.join(""))),
      { numRuns: 3000 },
    );
  });

  function everyForm(text: string): void {
    const forms: [string, number[], number][] = [
      ["textToNumber", [], Number(text)],
      ["textToFloat", [], Number.parseFloat(text)],
      ["textToInteger", [0], Number.parseInt(text, undefined)],
      ["textToInteger", [10], Number.parseInt(text, 10)],
      ["textToInteger", [16], Number.parseInt(text, 16)],
    ];
    for (const [name, radix, expected] of forms) {
      const got = convert(name, text, ...radix);
      if (got !== HARD) same(got, expected, text);
    }
  }

  it("of decimals are the same in every form", () => {
    check(
      fc.property(fc.integer(), (seed) => {
        const next = random(seed);
        for (let i = 0; i < CASES; i++) everyForm(hostileDecimal(next));
      }),
      { numRuns: 1 },
    );
  });

  it("of long binary, octal and hexadecimal digits round to even", () => {
    check(
      fc.property(fc.integer(), (seed) => {
        const next = random(seed);
        for (let i = 0; i < CASES; i++) {
          const [prefix, base] = [
            ["0x", 16],
            ["0b", 2],
            ["0o", 8],
            ["0X", 16],
          ][Math.floor(next() * 4)] as [string, number];
          const size = Math.floor(next() * (next() < 0.1 ? 1100 : 90));
          let digits = "";
          const zeros = next();
          for (let k = 0; k < size; k++) digits += (next() < zeros ? 0 : Math.floor(next() * base)).toString(base);
          everyForm(prefix + digits);
          if (base === 16) everyForm(digits);
        }
      }),
      { numRuns: 1 },
    );
  });

  it("take every white space of JavaScript and no other", () => {
    for (let code = 0; code < 0x10000; code++) {
      const character = String.fromCharCode(code);
      if (character.trim() !== "" && code > 0x100 && code % 17) continue;
      same(convert("textToNumber", character), Number(character), character);
      same(convert("textToNumber", `${character}7${character}`), Number(`${character}7${character}`), character);
    }
  });
});

const SPACES = [
  "\t",
  "\n",
  "\v",
  "\f",
  "\r",
  " ",
  "\u00a0",
  "\u1680",
  "\u2000",
  "\u200a",
  "\u2028",
  "\u2029",
  "\u202f",
  "\u205f",
  "\u3000",
  "\ufeff",
];

const TEXTS = [
  "",
  "0",
  "00",
  "05",
  "1",
  "12",
  "1234567890123",
  "123456789012345678901234567890",
  "1.5",
  ".5",
  "5.",
  ".",
  "1e3",
  "1e",
  "1e+",
  "1e-3",
  "1.e2",
  ".e2",
  "Infinity",
  "infinity",
  "INFINITY",
  "Infinit",
  "Infinityy",
  "NaN",
  "0x1F",
  "0X1f",
  "0x",
  "0xg",
  "0b101",
  "0b2",
  "0o17",
  "0o8",
  "1_000",
  "1,5",
  "1 2",
  "--1",
  "true",
  "null",
  "9007199254740993",
  "0.1",
  "1e400",
  "1e-400",
  "0x8000000000000400",
  "0x8000000000000c00",
  "0x80000000000004001",
  "-0",
  "0e0",
  "12abc",
];
