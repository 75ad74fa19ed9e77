import { type DStream, KernelError } from "millrace";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Work } from "../../src/engine/worker.js";
import { INTERVAL_MS, manualContext, stopContexts, utf8 } from "../support/batches.js";
import { hostileNumber } from "../support/hostile-numbers.js";
import { threadsOf } from "../support/internals.js";
import { random } from "../support/property.js";

afterEach(stopContexts);

type Update = (values: number[], state: never, key: never) => unknown;
type Program = (lines: DStream<string>) => DStream<[unknown, unknown]>;

const parsed = (lines: DStream<string>) =>
  lines.map((line) => JSON.parse(line) as { k: string; v: number }).map(({ k, v }): [string, number] => [k, v]);

/** The rows of each batch in the kernel and as JavaScript, which must be the same; and how many updates the kernel made. */
async function bothWays(program: Program, batches: ReadonlyArray<string | null>, master = "local[1]") {
  const results: unknown[][][] = [];
  let updates = 0;
  let sparse = 0;
  let explained = "";
  for (const lowering of [true, false]) {
    const { ssc, clock } = manualContext({ lowering, master });
    const lines = ssc.pushStream<string>();
    const made = program(lines);
    if (lowering) explained = made.explain();
    const rows: unknown[][] = [];
    made.foreachRDD(async (rdd) => void rows.push(await rdd.collect()));
    await ssc.start();
    const runKernel = vi.spyOn(threadsOf(ssc.engine), "runKernel");
    for (const batch of batches) {
      if (batch !== null) await lines.pushBytes(utf8(batch));
      await clock.advance(INTERVAL_MS);
    }
    await ssc.stop({ stopEngine: false });
    expect(threadsOf(ssc.engine).blocks.size).toBe(0);
    if (lowering) {
      const calls = runKernel.mock.calls.map(([work]) => work.filter(({ task }) => task.work.op === "update-state"));
      updates = calls.filter((work) => work.length > 0).length;
      sparse = calls.filter((work) => work.some(isSparse)).length;
    }
    results.push(rows);
  }
  expect(results[0]).toStrictEqual(results[1]);
  return { rows: results[0]!, updates, sparse, explained };
}

/** Whether a task groups those keys alone that have records. */
function isSparse({ task: { work }, inputs }: Work): boolean {
  if (work.op !== "update-state" || work.sparse === undefined) return false;
  const rows = (some: typeof inputs) => some.reduce((sum, input) => sum + (input.kind === "frame" ? input.rows : 0), 0);
  const records = rows(inputs.slice(work.befores));
  return records > 0 && rows(inputs.slice(0, work.befores)) >= 4 * records;
}

function jsonNumber(value: number): string {
  return Object.is(value, -0) ? "-0" : Number.isFinite(value) ? String(value) : "1e999";
}

/** Batches of pairs, some of them empty: keys of several lengths that come again, numbers of all kinds. */
function batchesOf(seed: number, count: number): string[] {
  const next = random(seed);
  const keys = Array.from({ length: 40 }, (_, i) => `${"key \u{1f600}é".repeat(i % 5)}${i}`);
  return Array.from({ length: count }, (_, batch) => {
    const rows = batch > 0 && next() < 0.2 ? 0 : Math.floor(next() * 60);
    const row = () => {
      const value = next() < 0.5 ? Math.floor(next() * 20) - 10 : hostileNumber(next);
      return `{"k":${JSON.stringify(keys[Math.floor(next() * next() * 40)])},"v":${jsonNumber(value)}}\n`;
    };
    return Array.from({ length: rows }, row).join("");
  });
}

const UPDATES: ReadonlyArray<readonly [string, Update]> = [
  ["a running sum", (values, state: number | undefined) => values.reduce((a, b) => a + b, state ?? 0)],
  [
    "the sum of a batch, added",
    (values, state: number | undefined) => values.reduce((a, b) => a + b, 0) + (state ?? 0),
  ],
  ["a count", (values, state: number | undefined) => (state ?? 0) + values.length],
  ["a count from a default", (values, state = 0) => state + values.length],
  ["the latest one", (values, state: number | undefined) => values.at(-1) ?? state],
  ["the latest one by its index", (values, state) => (values.length > 0 ? values[values.length - 1] : state)],
  ["the greatest", (values, state: number | undefined) => values.reduce((a, b) => Math.max(a, b), state ?? -Infinity)],
  [
    "a record",
    (values, state: { n: number; sum: number; last: number } | undefined) => ({
      n: (state?.n ?? 0) + values.length,
      sum: values.reduce((a, b) => a + b, state?.sum ?? 0),
      last: values.at(-1) ?? state?.last ?? 0,
    }),
  ],
  [
    "a record that is reduced to",
    (values, state: { n: number; sum: number } | undefined) =>
      values.reduce((s, v) => ({ n: s.n + 1, sum: s.sum + v }), state ?? { n: 0, sum: 0 }),
  ],
  [
    "keys that go and come again",
    (values, state: number | undefined) => {
      const n = (state ?? 0) + values.length;
      return n > 3 || n === 0 ? undefined : n;
    },
  ],
  [
    "keys that go when they are idle",
    (values, state: number | undefined) => (values.length === 0 ? undefined : (state ?? 0) + 1),
  ],
  [
    "a record that goes",
    (values, state: { n: number } | undefined) => {
      if (values.length === 0 && state !== undefined && state.n > 4) return undefined;
      return { n: (state?.n ?? 0) + values.length };
    },
  ],
  [
    "values that are filtered and mapped",
    (values, state: number | undefined) =>
      values
        .filter((v) => v > 0)
        .map((v) => v * 2)
        .reduce((a, b) => a + b, state ?? 0),
  ],
  [
    "whether some and every",
    (values, state: [boolean, boolean] | undefined) => [
      values.some((v) => v > 5) || (state?.[0] ?? false),
      values.every((v) => v < 5),
    ],
  ],
  ["whether it includes one", (values, state: boolean | undefined) => values.includes(3) || (state ?? false)],
  ["what the key says", (values, _state: string | undefined, key: string) => `${key}:${values.length}`],
  [
    "a text that grows",
    (values, state: string | undefined) =>
      values.reduce((text, v) => `${text}${v},`, state ?? "") + (values.length > 0 ? "x" : ""),
  ],
  [
    "a loop that adds up",
    (values, state: number | undefined) => {
      let sum = state ?? 0;
      for (const v of values) sum += v;
      return sum;
    },
  ],
  [
    "a loop with several variables",
    (values, state: { n: number; least: number; most: number; sum: number } | undefined) => {
      let { n, least, most, sum } = state ?? { n: 0, least: Infinity, most: -Infinity, sum: 0 };
      for (const v of values) {
        n++;
        if (v < least) least = v;
        if (v > most) most = v;
        if (v > 2) sum += v * 2;
      }
      return { n, least, most, sum };
    },
  ],
  [
    "forEach",
    (values, state: number | undefined) => {
      let most = state ?? 0;
      // biome-ignore lint/complexity/noForEach: it is what is tested.
      values.forEach((v) => {
        if (v > most) most = v;
      });
      return most;
    },
  ],
  ["the greatest of all", (values, state: number | undefined) => Math.max(state ?? -Infinity, ...values)],
  [
    "variables that change under conditions",
    (values, state: number | undefined) => {
      let sum = 0;
      let isNew = false;
      if (state === undefined) isNew = true;
      else sum = state;
      for (const v of values) sum += v;
      return isNew ? sum + 1000 : sum;
    },
  ],
  ["the state alone", (_values, state: number | undefined) => (state ?? 0) + 1],
];

describe("updateStateByKey in the kernel gives what JavaScript gives", () => {
  test.each(UPDATES)("%s", async (_name, update) => {
    for (const seed of [1, 2]) {
      const batches = batchesOf(seed, 7);
      const program: Program = (lines) => parsed(lines).updateStateByKey(update as never);
      const { updates, explained } = await bothWays(program, batches, seed === 1 ? "local[1]" : "local[2]");
      expect(explained).toMatch(/updateStateByKey +kernel/);
      expect(updates).toBe(batches.length);
    }
  });
});

/** Many keys at first, of several vectors and frames; then batches of few records, some of new keys, of keys that come twice, or none at all. */
function fewOfMany(seed: number): string[] {
  const next = random(seed);
  const row = (keys: number) => {
    const k = Math.floor(next() * keys);
    const value = next() < 0.7 ? Math.floor(next() * 12) - 4 : hostileNumber(next);
    return `{"k":${JSON.stringify(`${"key \u{1f600}é".repeat(k % 4)}${k}`)},"v":${jsonNumber(value)}}\n`;
  };
  const batch = (rows: number, keys: number) => Array.from({ length: rows }, () => row(keys)).join("");
  const first = Array.from({ length: 2500 }, (_, i) => `{"k":"${i}","v":${i % 7}}\n`).join("");
  return [
    first + batch(1500, 3000),
    batch(300, 4000),
    batch(1, 10),
    "",
    batch(500, 5000),
    batch(40, 40),
    batch(200, 9000),
  ];
}

describe("where few of many keys have records, updateStateByKey in the kernel gives what JavaScript gives", () => {
  test.each(UPDATES)("%s", async (name, update) => {
    const program: Program = (lines) => parsed(lines).updateStateByKey(update as never);
    const { updates, sparse } = await bothWays(
      program,
      fewOfMany(name.length),
      name.length % 2 ? "local[1]" : "local[2]",
    );
    expect(updates).toBe(7);
    expect(sparse).toBeGreaterThan(/idle|go and come/.test(name) ? 0 : 3);
  });

  test("by keys that are numbers, or anything", async () => {
    const values = ["-0", "0", "1e999", "null", "true", '""', '"0"', "5e-324", "1.5"];
    const rows = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => `{"k":${values[from + i] ?? from + i},"v":${i}}\n`).join("");
    const program: Program = (lines) => parsed(lines).updateStateByKey(UPDATES[0]![1] as never);
    const { rows: made, sparse } = await bothWays(program, [rows(2, 2000), rows(0, 9), rows(1, 9), rows(1990, 2100)]);
    expect(sparse).toBe(3);
    expect(made.at(-1)).toHaveLength(2099);
  });

  test("a value of the state that is no number comes to be, and goes", async () => {
    const first = Array.from({ length: 2000 }, (_, i) => `{"k":"${i}","v":${i}}\n`).join("");
    const program: Program = (lines) => parsed(lines).updateStateByKey(UPDATES[0]![1] as never);
    await bothWays(program, [first, '{"k":"3","v":"x"}\n', '{"k":"4","v":1}\n', '{"k":"new","v":1}\n', "", "", ""]);
  });
});

type Keyed = (lines: DStream<string>) => DStream<[never, number]>;

const KEYS: ReadonlyArray<readonly [string, Keyed]> = [
  ["two values", (lines) => parsed(lines).map(([k, v]) => [[k, v > 0], v] as never)],
  ["one number", (lines) => parsed(lines).map(([, v]) => [[v * 0], v] as never)],
  ["records", (lines) => parsed(lines).map(([k, v]) => [{ z: v < 0, a: { k, none: undefined } }, v] as never)],
];

describe("updateStateByKey by keys that are", () => {
  test.each(KEYS)("%s, in the kernel", async (_name, keyed) => {
    const updates = UPDATES.filter(([name]) => /running sum|a record|go and come|state alone/.test(name));
    for (const [name, update] of updates) {
      for (const master of ["local[1]", "local[2]"]) {
        const batches = batchesOf(name.length, 6);
        const program: Program = (lines) => keyed(lines).updateStateByKey(update as never);
        const made = await bothWays(program, batches, master);
        expect(made.explained).toMatch(/updateStateByKey +kernel/);
        expect(made.updates).toBe(batches.length);
      }
    }
  });
});

const running = (values: number[], state: number | undefined) => values.reduce((a, b) => a + b, state ?? 0);

describe("the state of updateStateByKey moves between the kernel and JavaScript", () => {
  test("where values are of another type than was expected, and back", async () => {
    const batches = [
      '{"k":"a","v":1}\n{"k":"b","v":2}\n',
      '{"k":"a","v":"x"}\n',
      '{"k":"b","v":3}\n',
      ...Array(6).fill(""),
    ];
    const { rows, updates } = await bothWays((lines) => parsed(lines).updateStateByKey(running), batches);
    expect(rows.at(-1)).toEqual([
      ["a", "1x"],
      ["b", 5],
    ]);
    expect(updates).toBeGreaterThan(2);
    expect(updates).toBeLessThan(batches.length);
  });

  test("from pairs that are there before the first batch", async () => {
    const initial: Array<[string, number]> = [
      ["b", 1],
      ["a", 2],
      ["b", 5],
    ];
    for (const master of ["local[1]", "local[2]"]) {
      const program: Program = (lines) => parsed(lines).updateStateByKey(running, { initial });
      const { updates } = await bothWays(program, batchesOf(3, 4), master);
      expect(updates).toBe(4);
    }
  });

  test("a function that throws fails its batch, and the state is what it was before", async () => {
    const update = (values: number[], state: { n: number } | undefined) => {
      if (values.includes(13)) throw new Error("thirteen");
      return { n: (state?.n ?? 0) + values.length };
    };
    for (const lowering of [true, false]) {
      const { ssc, clock } = manualContext({ lowering });
      const lines = ssc.pushStream<string>();
      const rows: unknown[] = [];
      parsed(lines)
        .updateStateByKey(update)
        .foreachRDD(async (rdd) => void rows.push(await rdd.collect()));
      await ssc.start();
      for (const v of [1, 13, 2]) {
        await lines.pushBytes(utf8(`{"k":"a","v":${v}}\n`));
        await clock.advance(INTERVAL_MS);
      }
      await expect(ssc.awaitTerminationOrTimeout(0)).rejects.toThrow("thirteen");
      expect(rows).toEqual([[["a", { n: 1 }]], [["a", { n: 2 }]]]);
    }
  });

  test("rows that are given out are no part of the state: to change one changes no state in the kernel", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream<string>();
    const seen: unknown[] = [];
    parsed(lines)
      .updateStateByKey<string, number, { n: number }>((values, state) => ({ n: (state?.n ?? 0) + values.length }))
      .foreachRDD(async (rdd) => {
        for (const [, state] of await rdd.collect()) {
          seen.push(state.n);
          state.n = 100;
        }
      });
    await ssc.start();
    for (let batch = 0; batch < 3; batch++) {
      await lines.pushBytes(utf8('{"k":"a","v":1}\n'));
      await clock.advance(INTERVAL_MS);
    }
    expect(seen).toEqual([1, 2, 3]);
  });

  test("past the memory limit the batch fails and says how many keys there were; the state is what it was before", async () => {
    const { ssc, clock } = manualContext({ kernelBytesMax: 3 * 2 ** 20 } as object);
    const lines = ssc.pushStream<string>();
    const rows: unknown[][] = [];
    parsed(lines)
      .updateStateByKey(running)
      .named("sums")
      .foreachRDD(async (rdd) => void rows.push(await rdd.collect()));
    await ssc.start();
    const push = async (text: string) => {
      await lines.pushBytes(utf8(text));
      await clock.advance(INTERVAL_MS);
    };
    await push('{"k":"a","v":1}\n');
    await push(Array.from({ length: 30_000 }, (_, i) => `{"k":"a key of some length ${i}","v":1}\n`).join(""));
    await push('{"k":"a","v":1}\n{"k":"b","v":1}\n');
    expect(rows).toEqual([
      [["a", 1]],
      [
        ["a", 2],
        ["b", 1],
      ],
    ]);
    const error: unknown = await ssc.awaitTerminationOrTimeout(0).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KernelError);
    const { code, message, details } = error as KernelError;
    expect(code).toBe("memory-limit");
    expect(message).toMatch(/^The state of updateStateByKey, \d+ keys in \d+ bytes: .*kernelBytesMax is 3145728/);
    expect(details).toMatchObject({ operator: "updateStateByKey", bytesMax: 3_145_728 });
    expect(details.keys).toBeGreaterThan(0);
    expect(details.bytes).toBeGreaterThan(0);
  });
});
