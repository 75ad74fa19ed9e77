import { describe, expect, it } from "vitest";
import { JsonSlice } from "../../../src/kernel/vector.js";
import { parsed, shown, shownVector } from "../../support/json-model.js";
import { readFields } from "../../support/json-reading.js";
import { ARTEFACTS, newKernel } from "../../support/kernel.js";

const REFUSED = [
  ...[
    "",
    " ",
    "[",
    "]",
    "{",
    "}",
    "[[]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1,,2]",
    "[1 2]",
    "[1}",
    "{]",
    '["a"',
    '["a',
    '["a",',
    "[1]]",
    "[][]",
    "{}{}",
    "{}[]",
    "1 2",
  ],
  ...[
    '{"a"}',
    '{"a":}',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,"a":1}',
    '{"a" 1}',
    '{"a"::1}',
    "{a:1}",
    "{1:1}",
    "{'a':1}",
    '{"a":1 "b":2}',
    '{"a":1;"b":2}',
    '{"a":1,,"b":2}',
    '{"a":[}',
    '{"a"',
  ],
  ...[
    "tru",
    "true1",
    "truex",
    "True",
    "nul",
    "nulll",
    "fals",
    "falsy",
    "NaN",
    "Infinity",
    "-Infinity",
    "undefined",
    "[tru]",
    "n",
    "t",
    "f",
  ],
  ...[
    "-",
    "+1",
    "01",
    "-01",
    "00",
    "1.",
    "-1.",
    ".5",
    "-.5",
    "1.e1",
    "1e",
    "1e+",
    "1E-",
    "1e1.5",
    "0e",
    "0.e1",
    "0x1",
    "1_0",
    "1a",
    "--1",
    "-a",
    "1.2.3",
    "- 1",
    "\uff11",
    "[1.]",
    "[0.3e]",
    "2.e3",
  ],
  ...[
    '"',
    '"a',
    '"\\',
    '"\\"',
    '"\\x"',
    '"\\a"',
    '"\\u"',
    '"\\u1"',
    '"\\u12"',
    '"\\u123"',
    '"\\u123g"',
    '"\\u00g0"',
    '"\\U0041"',
    '"\\\u00e9"',
    '"\\ud800\\u"',
    '"\\ud800\\u1"',
    '"a\nb"',
    '"\t"',
    '"\u0000"',
    '"\u001f"',
    "'a'",
    '"a"b',
    'a"b"',
    '"\\u{41}"',
  ],
  ...[
    "\ufeff1",
    "\u00a01",
    "1\u00a0",
    "\u000b1",
    "\u000c1",
    "\u20281",
    "[1]\u0000",
    "/**/1",
    "1//",
    "[1,2]#",
    "*",
    "<null>",
    "{}\u0001",
    "\u2060[]",
  ],
];

const TAKEN = [
  ...[
    "1",
    "0",
    "-0",
    "-1",
    "0.5",
    "-0.0",
    "1e1",
    "1E1",
    "1e+1",
    "1e-1",
    "0e0",
    "0e+1",
    "0E1",
    "1.5e10",
    "123456789",
    "1234567890123456",
    "12345678901234567890",
    "1e400",
    "-1e400",
    "1e-400",
  ],
  ...[
    "true",
    "false",
    "null",
    " true",
    "null ",
    "\n1\r\t ",
    '""',
    '"a"',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '"\\u0000"',
    '"\\u00e9"',
    '"\\u20AC"',
    '"\\ud83d\\ude00"',
    '"\\uD83D\\uDE00"',
    '"\\ud83d"',
    '"\\ude00"',
    '"\\ude00\\ud83d"',
  ],
  ...[
    '"\\ud83d\\ud83d\\ude00"',
    '"\\ud83d\ude00"',
    '"\ud83d\\ude00"',
    '"\ud83d"',
    '"\u007f\u2028\u2029\ufeff\uffff"',
    '"\\uFFFE"',
    '"/"',
    '"a/*b*/c"',
    '"\\u0022"',
    '"\\u005c"',
  ],
  ...[
    "[]",
    "{}",
    "[ ]",
    "{ }",
    "[[]]",
    "[[],[]]",
    "[{}]",
    '{"":0}',
    '{"a":{}}',
    '{"a":[]}',
    '[1,"a",true,null,{"b":[2]}]',
    " [ 1 , 2 ] ",
    ' { "a" : 1 , "b" : 2 } ',
    '{"a":1,"a":2}',
    '{"\\u0061":1}',
    '{"a\\"b":1}',
    '{"\\ud800":1}',
  ],
  ...[
    `[${"1,".repeat(100)}1]`,
    `"${"x".repeat(100)}"`,
    `"${"x".repeat(15)}\\n${"y".repeat(16)}"`,
    `${"[".repeat(200)}${"]".repeat(200)}`,
    `${" ".repeat(40)}1${" ".repeat(40)}`,
  ],
];

describe.each(ARTEFACTS)("the grammar of JSON (%s)", (artefact) => {
  const kernel = newKernel(artefact);
  /** The texts as values of a field, so that rows which are no objects are told from texts that are refused. */
  const read = (texts: readonly string[], path: string[]) =>
    readFields(
      kernel,
      { mode: "declared", fields: [{ path, register: 2, type: "any" }], reports: { ok: 1 } },
      2,
      texts,
    );

  it("refuses what is none, wanted or not, at the root and within", () => {
    expect(REFUSED.filter((text) => parsed(text))).toEqual([]);
    for (const path of ["a", "z"]) {
      const within = REFUSED.map((text) => `{"a":${text}}`).filter((text) => !parsed(text));
      expect(read(REFUSED, [path]).map(([ok]) => ok)).toEqual(REFUSED.map(() => false));
      expect(read(within, [path]).map(([ok], i) => [within[i], ok])).toEqual(within.map((text) => [text, false]));
      const deeper = REFUSED.map((text) => `{"b":1,"z":[{"c":${text}}]}`).filter((text) => !parsed(text));
      expect(read(deeper, [path]).map(([ok], i) => [deeper[i], ok])).toEqual(deeper.map((text) => [text, false]));
    }
  });

  it("takes what is one, wanted or not", () => {
    expect(TAKEN.filter((text) => !parsed(text))).toEqual([]);
    const lines = TAKEN.map((text) => `{"a":${text},"b":[${text}]}`);
    expect(read(lines, ["z"]).map(([ok]) => ok)).toEqual(lines.map(() => true));
    expect(read(lines, ["a"]).map(([, a]) => shownVector(a))).toEqual(TAKEN.map((text) => shown(JSON.parse(text))));
    const roots = readFields(kernel, { mode: "parse", fields: [{ path: [], register: 1 }] }, 1, TAKEN);
    expect(roots.map(([root]) => shownVector(root))).toEqual(TAKEN.map((text) => shown(JSON.parse(text))));
  });

  it("reads fields of values that it has left as text", () => {
    const fields = [
      { path: ["a"], register: 1 },
      { path: ["b", "c"], register: 2 },
    ];
    const values = [new JsonSlice('{"a":1,"b":{"c":"x"}}'), undefined, null, 5, true, '{"a":1}', new JsonSlice("[1]")];
    const rows = readFields(kernel, { mode: "navigate", fields }, 2, values);
    expect(rows).toEqual([[1, "x"], ...values.slice(1).map(() => [undefined, undefined])]);
  });
});
