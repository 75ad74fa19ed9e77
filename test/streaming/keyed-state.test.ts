/** `mapWithState` of functions that the kernel does not run: it has the keys and time-outs, JavaScript the states. */
import { type DStream, type State, StateSpec } from "millrace";
import { afterEach, expect, test } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts, utf8 } from "../support/batches.js";
import { random } from "../support/property.js";
import { batchesOf, bothWays, byText, type Mapping, type Options, type Value } from "../support/state-both-ways.js";

afterEach(stopContexts);

/** What a function is closed over, which nobody can know by reading it. */
const one = Math.sign(Date.length || 1);
const KEPT = /mapWithState +JavaScript .*; its keys and time-outs lie in the kernel/;

const MAPPINGS: ReadonlyArray<readonly [string, Mapping, Options?]> = [
  [
    "a running sum",
    (key, value, state: State<number>) => {
      const sum = (state.getOption() ?? 0) + one * (value?.v ?? 0);
      state.update(sum as never);
      return [key, sum];
    },
  ],
  [
    "objects that are changed in place",
    (key, value, state: State<{ n: number; seen: unknown[] }>) => {
      const found = state.getOption() ?? { n: 0, seen: [] };
      found.n += one;
      found.seen.push(value?.w);
      if (found.n === 1) state.update(found as never);
      return [key, found.n, found.seen.length];
    },
  ],
  [
    "sessions that are removed, come back and time out",
    (key, value, state: State<{ n: number }>) => {
      if (state.isTimingOut()) return [key, "gone", state.get().n];
      const n = (state.getOption()?.n ?? 0) + one;
      if (n > 4) state.remove();
      else if ((value?.v ?? 0) > -5) state.update({ n } as never);
      return [key, "there", n, state.exists()];
    },
    { idle: 1 },
  ],
  [
    "rows that are left out, from a state that there is from the beginning",
    (key, value, state: State<number>) => {
      const n = (state.getOption() ?? 0) + one;
      if (n > 3) state.remove();
      else state.update(n as never);
      return (value?.v ?? 0) > 0 ? [key, n] : undefined;
    },
    {
      optional: true,
      idle: 2,
      initial: [
        ["0", 5],
        ["nobody's", 7],
      ],
    },
  ],
  [
    "keys that are numbers",
    (key, value, state: State<number>) => {
      state.update(((state.getOption() ?? 0) + one) as never);
      return [1 / (key as number), value?.v, state.get()];
    },
    {
      keyed: (lines) =>
        lines.map((line) => JSON.parse(line) as Value).map(({ v, w }): [number, Value] => [v, { v, w }]),
    },
  ],
  [
    "keys that are records of texts and what comes with them",
    (key, value, state: State<unknown[]>) => {
      if (state.isTimingOut()) return [key, "gone", state.get()];
      state.update([...(state.getOption() ?? []), (value?.v ?? 0) * one].slice(-3) as never);
      return [key, state.get()];
    },
    {
      idle: 1,
      keyed: (lines) =>
        byText(lines).map(([k, { v, w }]): [unknown, Value] => [
          { z: w, k },
          { v, w },
        ]),
    },
  ],
  [
    "keys that may be -0 in part, which JavaScript tells apart",
    (key, _value, state: State<number>) => {
      const count = (state.getOption() ?? 0) + one;
      if (count > 2) state.remove();
      else state.update(count as never);
      return [key, count, 1 / (key as [number])[0]];
    },
    { keyed: (lines) => byText(lines).map(([, { v, w }]): [unknown, Value] => [[v * 0], { v, w }]) },
  ],
  [
    "rows that are JavaScript values",
    (key, value, state: State<number>) => {
      state.update(((state.getOption() ?? 0) + one) as never);
      return [key, value, state.get()];
    },
    {
      runs: /mapWithState +JavaScript .*; its keys and time-outs lie in the kernel, where keys are of one type/,
      keyed: (lines) =>
        lines.map((line): [string, Value] => {
          const { k, v, w } = JSON.parse(line);
          return [k, { v: v * one, w }];
        }),
    },
  ],
];

const MIXED = ["1", "true", '"text"', "2.5", '"\u00e9\u{1f600}"', "false"];

test.each(MAPPINGS.map((each) => [each[0], each] as const))(
  "%s: with keys in the kernel and as JavaScript alone",
  async (_name, [, mapping, options = {}]) => {
    for (const seed of [1, 2, 3]) {
      const batches = batchesOf(seed, 8, (next) => MIXED[Math.floor(next() * MIXED.length)]!);
      const master = seed === 2 ? "local[2]" : "local[1]";
      const taken = await bothWays(mapping, batches, { runs: KEPT, ...options, master });
      expect(taken).toBeGreaterThan(batches.filter((batch) => batch !== "").length);
    }
  },
);

test("many keys of which few come back, and vectors of which most rows are of one key", async () => {
  const next = random(9);
  const batch = () =>
    Array.from({ length: 5000 }, () => {
      const key = next() < 0.3 ? "hot" : `key ${Math.floor(next() * 20_000)}`;
      return `{"k":"${key}","v":${Math.floor(next() * 10) - 6},"w":1}\n`;
    }).join("");
  await bothWays(MAPPINGS[2]![1], [batch(), batch(), "", batch(), batch()], { idle: 1, runs: KEPT });
  await bothWays(MAPPINGS[3]![1], [batch(), batch(), batch()], { runs: KEPT });
});

test("a batch that fails leaves the state as it was, and the next one goes on", async () => {
  const mapping: Mapping = (key, value, state: State<{ sum: number }>) => {
    const { v } = value!.w as { v: number };
    const sum = (state.getOption()?.sum ?? 0) + v * one;
    if (sum > 9) state.remove();
    else state.update({ sum } as never);
    return [key, sum];
  };
  const good = (v: number) => Array.from({ length: 20 }, (_, i) => `{"k":"k${i % 7}","v":1,"w":{"v":${v}}}\n`).join("");
  const bad = `${good(2)}{"k":"new","v":1,"w":null}\n`;
  await bothWays(mapping, [good(1), bad, good(3), bad, good(4)], { runs: KEPT });
});

test("a function whose states are none of the kernel's keeps its keys there", async () => {
  const { ssc, clock } = manualContext();
  const lines = ssc.pushStream<string>();
  const spec = StateSpec.function((key: string, value: Value | undefined, state: State<string[]>) => {
    state.update(`${state.exists() ? state.get().join() : "begin"},${value?.v}`.split(","));
    return [key, state.get().length] as [string, number];
  });
  const mapped = (byText(lines) as DStream<[string, Value]>).mapWithState(spec);
  const made: unknown[] = [];
  mapped.foreachRDD(async (rdd) => void made.push(await rdd.collect()));
  await ssc.start();
  for (let batch = 0; batch < 3; batch++) {
    await lines.pushBytes(utf8(`{"k":"a","v":${batch},"w":0}\n{"k":"b${batch}","v":1,"w":0}\n`));
    await clock.advance(INTERVAL_MS);
  }
  expect(made).toEqual(
    [0, 1, 2].map((batch) => [
      ["a", 2 + batch],
      [`b${batch}`, 2],
    ]),
  );
});
