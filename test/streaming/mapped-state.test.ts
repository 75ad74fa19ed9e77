import { KernelError, type State, StateSpec } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts, utf8 } from "../support/batches.js";
import { random } from "../support/property.js";
import { batchesOf, bothWays, byText, type Mapping, type Options, type Value } from "../support/state-both-ways.js";

afterEach(stopContexts);

const MAPPINGS: ReadonlyArray<readonly [string, Mapping, Options?]> = [
  [
    "a running sum",
    (key, value, state: State<number>) => {
      const sum = (state.getOption() ?? 0) + (value?.v ?? 0);
      state.update(sum as never);
      return [key, sum];
    },
  ],
  [
    "a count that removes its key and starts again",
    (key, _value, state: State<number>) => {
      const count = (state.getOption() ?? 0) + 1;
      if (count > 3) {
        state.remove();
        return [key, -1];
      }
      state.update(count as never);
      return [key, count];
    },
  ],
  [
    "keys that are put by some of their rows only",
    (key, value, state: State<number>) => {
      if ((value?.v ?? 0) > 5) state.update(((state.getOption() ?? 0) + 1) as never);
      else if ((value?.v ?? 0) < -7 && state.exists()) state.remove();
      return [key, state.getOption()];
    },
  ],
  [
    "a record",
    (key, value, state: State<{ n: number; last: number }>) => {
      const before = state.getOption();
      const now = { n: (before?.n ?? 0) + 1, last: value?.v ?? 0 };
      state.update(now as never);
      return { key, n: now.n, before: before?.last ?? null };
    },
  ],
  [
    "a text that grows",
    (key, value, state: State<string>) => {
      const text = `${state.getOption() ?? ""}${value?.v ?? 0},`;
      state.update(text.slice(-40) as never);
      return [key, text.length, state.get()];
    },
  ],
  [
    "sessions that time out",
    (key, value, state: State<number>) => {
      if (state.isTimingOut()) return [key, "gone", state.get()];
      const sum = (state.getOption() ?? 0) + (value?.v ?? 0);
      if (sum > 0) state.update(sum as never);
      return [key, "there", sum];
    },
    { idle: 1 },
  ],
  [
    "rows that are left out",
    (key, value, state: State<number>) => {
      const n = (state.getOption() ?? 0) + 1;
      state.update(n as never);
      return (value?.v ?? 0) > 0 ? [key, n] : undefined;
    },
    { optional: true },
  ],
  [
    "a state that there is from the beginning",
    (key, value, state: State<number>) => {
      const sum = (state.getOption() ?? 0) + (value?.v ?? 1);
      state.update(sum as never);
      return [key, sum];
    },
    {
      initial: [
        ["0", 5],
        ["key \u{1f600}é1", -0],
        ["nobody's", 7],
        ["0", 6],
      ],
      idle: 2,
    },
  ],
  [
    "keys that are numbers",
    (key, value, state: State<number>) => {
      state.update((value?.v ?? 0) as never);
      return [key, 1 / (key as number)];
    },
    {
      keyed: (lines) =>
        lines.map((line) => JSON.parse(line) as Value).map(({ v, w }): [number, Value] => [v, { v, w }]),
    },
  ],
  [
    "keys of two values",
    (key, value, state: State<number>) => {
      const sum = (state.getOption() ?? 0) + (value?.v ?? 0);
      state.update(sum as never);
      return [key, sum];
    },
    {
      keyed: (lines) => byText(lines).map(([k, { v, w }]): [unknown, Value] => [[k, v > 0], { v, w }]),
      initial: [
        [["0", true], 5],
        [["nobody's", false], 7],
      ],
    },
  ],
  [
    "keys that are records, which time out",
    (key, value, state: State<number>) => {
      if (state.isTimingOut()) return [key, "gone", state.get()];
      state.update(((state.getOption() ?? 0) + (value?.v ?? 0)) as never);
      return [key, "there", state.get()];
    },
    {
      keyed: (lines) =>
        byText(lines).map(([k, { v, w }]): [unknown, Value] => [
          { z: w, a: { k, none: undefined } },
          { v, w },
        ]),
      idle: 1,
    },
  ],
  [
    "keys of numbers that come to be removed",
    (key, _value, state: State<number>) => {
      const count = (state.getOption() ?? 0) + 1;
      if (count > 2) state.remove();
      else state.update(count as never);
      return [key, count, 1 / (key as [number])[0]];
    },
    { keyed: (lines) => byText(lines).map(([, { v, w }]): [unknown, Value] => [[v * 0], { v, w }]) },
  ],
  [
    "the latest value, of whatever type",
    (key, value, state: State<unknown>) => {
      const before = state.getOption() ?? "none";
      if (value !== undefined) state.update((value.w ?? 0) as never);
      return [key, before, typeof before];
    },
  ],
];

const MIXED = ["1", "true", '"text"', "2.5", '"é\u{1f600}"', "false"];

describe("mapWithState in the kernel gives what JavaScript gives", () => {
  test.each(MAPPINGS.map((each) => [each[0], each] as const))("%s", async (_name, [, mapping, options = {}]) => {
    for (const seed of [1, 2, 3]) {
      const batches = batchesOf(seed, 8, (next) => MIXED[Math.floor(next() * MIXED.length)]!);
      const taken = await bothWays(mapping, batches, { ...options, master: seed === 2 ? "local[2]" : "local[1]" });
      expect(taken).toBeGreaterThanOrEqual(batches.filter((batch) => batch !== "").length);
    }
  });

  test("a hot key, in vectors of which most rows are its own", async () => {
    const next = random(5);
    const batch = () =>
      Array.from({ length: 3000 }, (_, i) => `{"k":"${next() < 0.7 ? "hot" : i % 50}","v":${i % 7},"w":1}\n`).join("");
    await bothWays(MAPPINGS[2]![1], [batch(), batch()]);
    await bothWays(MAPPINGS[5]![1], [batch(), "", batch(), ""], { idle: 1 });
  });

  test("a batch that fails leaves the state as it was, and the next one goes on", async () => {
    const mapping: Mapping = (key, value, state: State<number>) => {
      const { v } = value!.w as { v: number };
      const sum = (state.getOption() ?? 0) + v;
      state.update(sum as never);
      return [key, sum];
    };
    const good = (v: number) =>
      Array.from({ length: 20 }, (_, i) => `{"k":"k${i % 7}","v":1,"w":{"v":${v}}}\n`).join("");
    await bothWays(mapping, [good(1), `${good(2)}{"k":"new","v":1,"w":null}\n`, good(3), good(4)]);
  });

  test("numbers that become text", async () => {
    const mapping: Mapping = (key, value, state: State<unknown>) => {
      const before = state.getOption();
      state.update(value!.w as never);
      return [key, before === undefined ? "none" : before];
    };
    const rows = (w: string) => Array.from({ length: 9 }, (_, i) => `{"k":"k${i % 4}","v":1,"w":${w}}\n`).join("");
    await bothWays(mapping, [rows("1"), rows("2.5"), rows('"text"'), rows("null"), rows("[1]"), rows("7")]);
  });

  test("past the memory limit the batch fails and says how many keys there were; the state is what it was before", async () => {
    const { ssc, clock } = manualContext({ kernelBytesMax: 4 * 2 ** 20 } as object);
    const lines = ssc.pushStream<string>();
    const made: unknown[][] = [];
    const spec = StateSpec.function((key: unknown, value: Value | undefined, state: State<number>) => {
      const sum = (state.getOption() ?? 0) + (value?.v ?? 0);
      state.update(sum);
      return [key, sum];
    });
    const mapped = byText(lines).mapWithState(spec);
    mapped.foreachRDD(async (rdd) => void made.push(await rdd.collect()));
    await ssc.start();
    const push = async (text: string) => {
      await lines.pushBytes(utf8(text));
      await clock.advance(INTERVAL_MS);
    };
    const rows = (count: number) =>
      Array.from({ length: count }, (_, i) => `{"k":"a key of some length ${i}","v":1,"w":0}\n`).join("");
    await push(rows(2));
    await push(rows(22_000));
    await push(rows(3));
    const error: unknown = await ssc.awaitTerminationOrTimeout(0).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KernelError);
    const { code, message, details } = error as KernelError;
    expect(code).toBe("memory-limit");
    expect(message).toMatch(/^The state of mapWithState, \d+ keys in \d+ bytes: .*kernelBytesMax/);
    expect(details).toMatchObject({ operator: "mapWithState", bytesMax: 4_194_304 });
    expect(details.keys).toBeGreaterThan(2);
    expect(details.bytes).toBeGreaterThan(0);
    expect(made).toEqual([
      [0, 1].map((i) => [`a key of some length ${i}`, 1]),
      [0, 1, 2].map((i) => [`a key of some length ${i}`, i < 2 ? 2 : 1]),
    ]);
  });
});
