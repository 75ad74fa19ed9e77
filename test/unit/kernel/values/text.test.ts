import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeWtf8, encodeWtf8 } from "../../../../src/kernel/wtf8.js";
import { check, random } from "../../../support/property.js";
import { loadValues, VALUE_FLAVOURS } from "../../../support/values.js";

/** How many texts; raise it for a long run. */
const CASES = Number(process.env.MILLRACE_VALUE_CASES ?? 1500);
const HARD = -2;
const SPLIT_END = 0xffffffff;

const CHARACTERS = [
  ..."aabbcAZ[`{@z$ 0.,",
  "",
  "\u0000",
  "\t",
  "\n",
  "\u0080",
  "é",
  "ß",
  "\u00a0",
  "\u07ff",
  "\u0800",
  "€",
  "\u2003",
  "\u3000",
  "\ud7ff",
  "\ue000",
  "\ufeff",
  "\ufffd",
  "\uffff",
  "\ud800",
  "\ud83d",
  "\udbff",
  "\udc00",
  "\ude00",
  "\udfff",
  "😀",
  "😁",
  "𐀀",
  "\u{10ffff}",
];

function hostileText(next: () => number, most = 12): string {
  const size = Math.floor(next() * (next() < 0.15 ? 80 : most));
  const isAscii = next() < 0.4;
  // Few characters, so that texts have much in common.
  const few = 1 + Math.floor(next() * CHARACTERS.length);
  const first = Math.floor(next() * CHARACTERS.length);
  let text = "";
  for (let i = 0; i < size; i++) {
    const character = CHARACTERS[(first + Math.floor(next() * few)) % CHARACTERS.length]!;
    text += isAscii && character > "\u007f" ? "ab" : character;
  }
  return text;
}

function hostileIndex(next: () => number, length: number): number {
  const kind = Math.floor(next() * 10);
  if (kind === 0)
    return [Number.NaN, Infinity, -Infinity, -0, 0.5, -0.5, -1.5, 2 ** 31, 2 ** 32, -(2 ** 32), 2 ** 53, 1e300][
      Math.floor(next() * 12)
    ]!;
  if (kind === 1) return (next() - 0.5) * 3 * length;
  if (kind < 5) return -Math.floor(next() * (length + 2));
  return Math.floor(next() * (length + 2));
}

/** A part of the text, or another one. */
function needleOf(next: () => number, text: string): string {
  if (next() < 0.3) return hostileText(next, 4);
  const start = Math.floor(next() * text.length);
  const size = next() < 0.7 ? Math.floor(next() * 4) : Math.floor(next() * text.length);
  return text.slice(start, start + size);
}

describe.each(VALUE_FLAVOURS)("text (%s)", async (flavour) => {
  const values = await loadValues(flavour);
  const { functions, words, bytes, outPtr, roomPtr } = values;

  /** The string of a payload. */
  const textOf = (payload: bigint): string => {
    const ptr = Number(payload & 0xffff_ffffn);
    const text = decodeWtf8(Uint8Array.from(bytes.subarray(ptr, ptr + Number(payload >> 32n))));
    // Canonical, or equality would not be that of bytes.
    if (encodeWtf8(text).length !== Number(payload >> 32n)) expect.fail(`${JSON.stringify(text)} is not canonical`);
    return text;
  };
  const call = (name: string, ...parameters: (number | string)[]): number | bigint => {
    let place = 0;
    const passed = parameters.flatMap((parameter) => {
      if (typeof parameter === "number") return [parameter];
      const { ptr, bytes } = values.text(parameter, place++ as 0 | 1 | 2);
      return [ptr, bytes];
    });
    return functions[name]!(...passed);
  };
  const made = (name: string, ...parameters: (number | string)[]): string | undefined => {
    const payload = BigInt.asUintN(64, call(name, ...parameters, roomPtr) as bigint);
    return payload === 0n ? undefined : textOf(payload);
  };
  const same = (got: unknown, expected: unknown, ...parameters: unknown[]): void => {
    if (!Object.is(got, expected))
      expect.fail(`${JSON.stringify(parameters)}: ${JSON.stringify(expected)}, not ${JSON.stringify(got)}`);
  };

  /** Runs `look` on many texts and what makes random numbers. */
  const onTexts = (look: (text: string, next: () => number) => void): void => {
    check(
      fc.property(fc.integer(), (seed) => {
        const next = random(seed);
        for (let i = 0; i < CASES; i++) look(hostileText(next), next);
      }),
      { numRuns: 1 },
    );
  };

  it("has the length and the units of JavaScript", () => {
    onTexts((text, next) => {
      same(call("unitCount", text), text.length, text);
      same(call("isAscii", text), /^[\0-\x7f]*$/.test(text) ? 1 : 0, text);
      const index = hostileIndex(next, text.length);
      const unit = text.charCodeAt(index);
      same(call("charCodeAt", text, index), Number.isNaN(unit) ? -1 : unit, text, index);
      same(call("codePointAt", text, index), text.codePointAt(index) ?? -1, text, index);
    });
  });

  it("is cut where JavaScript cuts it, through pairs too", () => {
    onTexts((text, next) => {
      const from = hostileIndex(next, text.length);
      const to = next() < 0.2 ? Infinity : hostileIndex(next, text.length);
      same(made("textSlice", text, from, to), text.slice(from, to), text, from, to);
      same(made("textSubstring", text, from, to), text.substring(from, to), text, from, to);
      same(made("textCharAt", text, from), text.charAt(from), text, from);
      same(made("textAt", text, from), text.at(from) ?? "", text, from);
    });
  });

  it("is joined, and halves of pairs become pairs", () => {
    onTexts((text, next) => {
      const other = hostileText(next);
      same(made("textConcat", text, other), text + other, text, other);
      const count = Math.floor(next() * 4);
      same(made("textRepeat", text, count), text.repeat(count), text, count);
      const missing = Math.floor(next() * 9);
      const ascii = /^[\0-\x7f]+$/.test(other);
      const target = text.length + missing;
      const start = made("textPad", text, missing, other, 1);
      same(start, ascii ? text.padStart(target, other) : undefined, text, missing, other);
      const end = made("textPad", text, missing, other, 0);
      same(end, ascii ? text.padEnd(target, other) : undefined, text, missing, other);
    });
  });

  it("has JavaScript's order", () => {
    const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    onTexts((text, next) => {
      const other =
        next() < 0.5 ? hostileText(next) : text.slice(0, Math.floor(next() * text.length)) + hostileText(next, 4);
      same(Math.sign(call("textCompare", text, other) as number) + 0, order(text, other), text, other);
      same(Math.sign(call("textCompare", text, text) as number) + 0, 0, text);
    });
    for (const a of CHARACTERS)
      for (const b of CHARACTERS)
        for (const [c, d] of [
          ["", ""],
          ["\ue000", ""],
          ["x", "\ud83e\udc00"],
          ["\udfff", "\ud83d"],
        ] as const)
          same(Math.sign(call("textCompare", a + c, b + d) as number) + 0, order(a + c, b + d), a + c, b + d);
  });

  it("is searched as JavaScript does, or the search is hard", () => {
    onTexts((text, next) => {
      const needle = needleOf(next, text);
      const from = hostileIndex(next, text.length);
      // The only hard needles: those that could be half of a pair.
      const open = /^[\udc00-\udfff]|[\ud800-\udbff]$/.test(needle);
      const found = (name: string, expected: number | boolean, at: number) =>
        same(call(name, text, needle, at), open ? HARD : Number(expected), text, needle, at);
      found("textIndexOf", text.indexOf(needle, from), from);
      found("textLastIndexOf", text.lastIndexOf(needle, from), from);
      found("textIncludes", text.includes(needle, from), from);
      found("textStartsWith", text.startsWith(needle, from), from);
      found("textEndsWith", text.endsWith(needle, from), from);
      same(call("hasOpenEdge", needle), open ? 1 : 0, needle);
      if (needle && !open) same(call("countPlaces", text, needle), text.split(needle).length - 1, text, needle);
    });
  });

  it("is found at every place of every length", () => {
    const text = Array.from({ length: 70 }, (_, i) => String.fromCharCode(48 + i)).join("");
    for (let from = 0; from < text.length; from++) {
      for (let to = from + 1; to <= text.length; to++)
        same(call("textIndexOf", text, text.slice(from, to), 0), from, from, to);
    }
  });

  it("is trimmed, and ASCII changes its case", () => {
    onTexts((text) => {
      same(made("textTrim", text, 3), text.trim(), text);
      same(made("textTrim", text, 1), text.trimStart(), text);
      same(made("textTrim", text, 2), text.trimEnd(), text);
      const ascii = /^[\0-\x7f]*$/.test(text);
      same(made("textCase", text, 1), ascii ? text.toUpperCase() : undefined, text);
      same(made("textCase", text, 0), ascii ? text.toLowerCase() : undefined, text);
    });
    for (let code = 0; code < 128; code++) {
      const character = String.fromCharCode(code);
      same(made("textCase", character, 1), character.toUpperCase(), character);
      same(made("textCase", character, 0), character.toLowerCase(), character);
    }
  });

  it("is split at any separator, and into units", () => {
    onTexts((text, next) => {
      const separator = next() < 0.2 ? "" : needleOf(next, text);
      if (/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(separator)) return;
      const pieces: string[] = [];
      let position = text || separator ? 0 : SPLIT_END;
      while (position !== SPLIT_END) {
        position = (call("textSplit", text, separator, position, outPtr, roomPtr) as number) >>> 0;
        pieces.push(textOf(words.getBigUint64(outPtr, true)));
      }
      same(JSON.stringify(pieces), JSON.stringify(text.split(separator)), text, separator);
    });
  });

  it("has places replaced, and what comes together joined", () => {
    onTexts((text, next) => {
      const pattern = needleOf(next, text);
      if (/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(pattern)) return;
      const replacement = hostileText(next, 5);
      const dollar = replacement.includes("$");
      const first = made("textReplace", text, pattern, replacement, 0);
      same(first, dollar ? undefined : text.replace(pattern, replacement), text, pattern, replacement);
      const all = made("textReplace", text, pattern, replacement, 1);
      same(all, dollar || !pattern ? undefined : text.replaceAll(pattern, replacement), text, pattern, replacement);
    });
  });
});
