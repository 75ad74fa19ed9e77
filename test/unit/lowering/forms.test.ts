import { beforeAll, describe, expect, it } from "vitest";
import { SharedValue } from "../../../src/lowering/broadcast.js";
import { capture } from "../../../src/lowering/capture.js";
import { evaluate } from "../../../src/lowering/evaluate.js";
import type { Expression } from "../../../src/lowering/expression.js";
import { lower } from "../../../src/lowering/lower.js";
import { ensureParser, parseFunction } from "../../../src/lowering/parser.js";
import type { Lambda } from "../../../src/lowering/row.js";
import { translate } from "../../../src/lowering/translate.js";
import { sameValue } from "../../fuzz/check.js";

beforeAll(ensureParser);

const record = {
  id: 7,
  name: " A\u{1f600}b ",
  price: "12.5",
  tags: ["x", "y"],
  user: { name: "u", n: null },
  ok: true,
};
const ARGUMENTS: readonly unknown[] = [
  ...["", "a,b;c", "12px", " \ufeffx\t", "\ud83d", '{"user":{"name":"n"},"tags":[1,2]}', "[1,2,3]", "ERROR 1"],
  ...[0, -0, 1.5, -7, Number.NaN, 2 ** 53, 2 ** 31, true, null, undefined, [1, "b"], [[1, 2], [3]], record, {}, 5n],
];

/** Sources that must be lowered, and mean what they say for all of the arguments. */
const SOURCES = [
  ...[
    "a => a - 1",
    "a => -a",
    "a => +a",
    "a => ~a",
    "a => typeof a",
    "a => !a",
    "a => a * 2 % 3 / 7",
    "a => a >>> 1 | 3 ^ a & 6",
  ],
  ...[
    "a => a == null",
    "a => a != 1",
    "a => a === '1'",
    "a => a <= 'b'",
    "(a, b) => a < b ? a : b",
    "a => a && a.name || 'none'",
  ],
  ...[
    "a => a ?? 1",
    "a => a?.user?.name",
    "a => a?.user.name.length",
    "a => (a?.user).name",
    "a => a?.[0]?.[1]",
    "a => a?.trim()",
  ],
  ...[
    "a => a?.user?.name.trim().length",
    "a => `<$" + "{a}>`",
    "a => `$" + "{a}$" + "{1}`",
    "a => [a, [1], 'x']",
    "a => ({ a, 'b-c': a, 1: 2 })",
  ],
  ...[
    "a => ({ ...a, id: 1 })",
    "a => [...a, 0]",
    "a => [a][0]",
    "a => a.length",
    "a => a[a.length - 1]",
    "a => a['name']",
  ],
  ...[
    "a => a.trim()",
    "a => a.toLowerCase().startsWith('error')",
    "a => a.slice(1, -1)",
    "a => a.substring(2, 0)",
    "a => a.at(-1)",
  ],
  ...[
    "a => a.split(',')[1]",
    "a => a.split(',').length",
    "a => a.split('', 2)",
    "a => a.replace('a', '$&$&')",
    "a => a.padStart(5, a)",
  ],
  ...[
    "a => a.repeat(-1)",
    "a => a.toString(16)",
    "a => a.toFixed(2)",
    "a => a.includes('a')",
    "a => a.indexOf('b')",
    "a => a.join('-')",
  ],
  ...[
    "a => Number(a)",
    "a => parseInt(a, 10)",
    "a => parseFloat(a)",
    "a => String(a)",
    "a => Boolean(a)",
    "a => isNaN(a)",
  ],
  ...[
    "a => Math.max(a, 1, a)",
    "a => Math.round(a)",
    "a => Math.PI * a",
    "a => Number.isInteger(a)",
    "a => Array.isArray(a)",
  ],
  ...[
    "a => JSON.parse(a)",
    "a => JSON.parse(a).user?.name",
    "a => { const { user, tags } = JSON.parse(a); return [user.name, tags[0]]; }",
  ],
  ...[
    "a => undefined",
    "a => a === undefined ? NaN : Infinity",
    "a => void a.name",
    "a => (a.name, 1)",
    "a => 2 ** 10 + a",
  ],
  ...[
    "([x, y]) => [y, x]",
    "([, y = 1]) => y",
    "([]) => 1",
    "([[x], y]) => x",
    "({ name, id: n = 3 }) => name + n",
    "({ user: { name } }) => name",
  ],
  ...["(a = 1) => a", "(a, b = a + 1) => [a, b]", "({ name } = {}) => name", "([x] = []) => x"],
  ...[
    "a => { const x = a + 1; return x * x; }",
    "a => { const x = a.name; return 1; }",
    "a => { let x; return [x, a]; }",
  ],
  ...[
    "a => { if (a) return 1; return 2; }",
    "a => { if (a) return 1; }",
    "a => { if (a) { return 1; } else { return a; } }",
  ],
  ...[
    "a => { if (a > 1) { const b = a.name; if (b) return b; } return 0; }",
    "a => { const x = 1; { const x = 2; if (a) return x; } return x; }",
  ],
  ...[
    "a => { if (typeof a !== 'string') return 'no'; const [k, v] = a.split(','); return { k, v: v ?? null }; }",
    "a => { return; }",
  ],
  ...["a => { if (!a) throw new Error('none'); return a; }", "a => { if (a) { const n = a.name.length; } return 1; }"],
  ...["a => { if (a) { if (a.name) return 1; } else if (a === 0) return 2; const b = a + 1; return b; }"],
  ...[
    "a => a.split(',').map(w => [w, 1])",
    "a => a.split(' ').filter(Boolean)",
    "a => a.split('').map((w) => w.length + a.length)",
  ],
  ...[
    "a => a.reduce((x, y) => x + y, 0)",
    "a => a.reduce((x, y) => x + y)",
    "a => a.some(x => x > 1)",
    "a => a.every(x => { return x; })",
  ],
  ...[
    "a => a.map(x => [x].map(y => [y, x]))",
    "a => a.map(String)",
    "a => { const o = [a]; return o === o; }",
    "a => 10n + a",
  ],
  ...["undefined => undefined", "a => { const NaN = 1; return NaN; }"],
];

describe("forms of lambdas", () => {
  it.each(SOURCES)("%s", (source) => {
    const parsed = parseFunction(source);
    const lowering = parsed.ok ? translate(parsed.node) : parsed;
    if (!lowering.ok) throw new Error(lowering.reason);
    const fn = new Function(`return (${source});`)() as (...args: unknown[]) => unknown;
    for (const [index, first] of ARGUMENTS.entries()) {
      const args = [first, ARGUMENTS[(index * 7 + 3) % ARGUMENTS.length]];
      const [expected, actual] = [outcome(() => fn(...args)), outcome(() => evaluate(lowering.expression, args))];
      if (!sameValue(expected, actual)) expect({ args, result: actual }).toEqual({ args, result: expected });
    }
    expect(lower(fn as Lambda).ok).toBe(true);
  });

  it("share what locals hold: computed once, and in linear time", () => {
    const doubled = Array.from({ length: 60 }, (_, i) => `const x${i + 1} = x${i} + x${i};`).join(" ");
    const fn = new Function(`return (x0) => { ${doubled} return x60; };`)() as Lambda;
    const lowering = lower(fn);
    expect(lowering.ok && evaluate(lowering.expression, [1])).toBe(2 ** 60);
  });

  it("are refused where locals make them too deep", () => {
    const chained = Array.from({ length: 400 }, (_, i) => `const x${i + 1} = x${i} + 1;`).join(" ");
    const lowering = lower(new Function(`return (x0) => { ${chained} return x400; };`)() as Lambda);
    expect(lowering).toMatchObject({ ok: false, reason: expect.stringContaining("depend on more than 256") });
  });
});

function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch {
    return { threw: true };
  }
}

describe("captured values", () => {
  const values = {
    ads: new Map<unknown, unknown>([["a", { campaign: 1 }]]),
    stop: new Set(["the"]),
    list: [10, 20],
    config: { limit: 3, nested: { deep: "x" } },
    table: new SharedValue(new Map([["k", 5]])),
    settings: new SharedValue({ by: "," }),
    big: 2n,
  };
  type Values = typeof values;
  const expressionOf = (factory: (values: Values) => (row: never) => unknown): Expression => {
    const lowering = lower(capture(values, factory as (values: Values) => (row: never) => string));
    if (!lowering.ok) throw new Error(lowering.reason);
    return lowering.expression;
  };

  it("are looked up as they are", () => {
    const ads = expressionOf(
      ({ ads }) =>
        (row: string) =>
          (ads.get(row) as { campaign: number } | undefined)?.campaign,
    );
    expect([evaluate(ads, ["a"]), evaluate(ads, ["b"])]).toEqual([1, undefined]);
    const stop = expressionOf((v) => (row: string) => !v.stop.has(row));
    expect([evaluate(stop, ["the"]), evaluate(stop, ["a"])]).toEqual([false, true]);
    const table = expressionOf(
      ({ table }) =>
        (row: string) =>
          table.value.get(row) ?? 0,
    );
    expect([evaluate(table, ["k"]), evaluate(table, ["x"])]).toEqual([5, 0]);
    const list = expressionOf(({ list }) => (row: number) => [list[row], list.includes(row), list.length]);
    expect(evaluate(list, [1])).toEqual([20, false, 2]);
  });

  it("are constants where their place is fixed", () => {
    expect(expressionOf((v) => () => v.config.nested.deep)).toEqual({ kind: "literal", value: "x" });
    expect(
      expressionOf(
        ({ list }) =>
          () =>
            list[1],
      ),
    ).toEqual({ kind: "literal", value: 20 });
    expect(
      expressionOf(
        ({ settings }) =>
          () =>
            settings.value.by,
      ),
    ).toEqual({ kind: "literal", value: "," });
    expect(
      expressionOf(
        ({ big }) =>
          () =>
            big,
      ),
    ).toEqual({ kind: "literal", value: 2n });
    expect(
      expressionOf((v) => () => {
        const {
          config: { limit },
        } = v;
        return limit;
      }),
    ).toEqual({ kind: "literal", value: 3 });
  });

  it("are refused as a whole, and so is a broadcast", () => {
    const reasonOf = (factory: (values: Values) => (row: never) => unknown) => {
      const lowering = lower(capture(values, factory as (values: Values) => (row: never) => string));
      return lowering.ok ? undefined : lowering.reason;
    };
    expect(reasonOf((v) => () => v)).toBe('uses "v", the captured values, as a whole');
    expect(
      reasonOf(
        ({ table }) =>
          () =>
            table,
      ),
    ).toBe("uses a broadcast otherwise than by its value");
    expect(
      reasonOf(
        ({ table }) =>
          () =>
            table.unpersist(),
      ),
    ).toContain("unpersist");
    expect(
      reasonOf(
        ({ stop }) =>
          (row: string) =>
            stop.add(row),
      ),
    ).toContain('"stop.add"');
  });
});
