// The cases of Spark's MapWithStateSuite: once for each record, and a snapshot of all keys.
import { MemoryStore, StateSpec, type Time } from "millrace";
import { collected } from "millrace/testing";
import { afterEach, describe, expect, test } from "vitest";
import { manualContext, stopContexts } from "../support/batches.js";
import { addUp, type CountSpec, runStates, sorted } from "../support/map-with-state.js";
import { ones, pairs } from "../support/pairs.js";

afterEach(stopContexts);

type Pair = [string, number];

const INPUT = [[], ["a"], ["a", "b"], ["a", "b", "c"], ["a", "b"], ["a"], []];
const TOTALS = pairs("", "a1", "a2 b1", "a3 b2 c1", "a4 b3 c1", "a5 b3 c1", "a5 b3 c1");

describe("a running count", () => {
  test("one result for each record", async () => {
    const spec: CountSpec<number> = StateSpec.function((_key, value, state) => addUp(state, value));
    const result = await runStates(ones(INPUT), spec, { checkpoint: new MemoryStore() });
    expect(result).toEqual({ outputs: [[], [1], [1, 2], [1, 2, 3], [3, 4], [5], []], snapshots: sorted(TOTALS) });
  });

  test("results of another type than the state, with the time", async () => {
    const times = new Set<number>();
    const spec: CountSpec<string> = StateSpec.function((key, value, state, time: Time) => {
      times.add(time.milliseconds);
      addUp(state, value);
      return key + key;
    });
    const result = await runStates(ones(INPUT), spec);
    expect(result.outputs).toEqual([[], ["aa"], ["aa", "bb"], ["aa", "bb", "cc"], ["aa", "bb"], ["aa"], []]);
    expect(result.snapshots).toEqual(TOTALS);
    expect([...times].sort((a, b) => a - b)).toEqual([2000, 3000, 4000, 5000, 6000]);
  });

  test("results that are the states, of the keys that got records only", async () => {
    const spec: CountSpec<[string, number]> = StateSpec.function((key, value, state) => [key, addUp(state, value)]);
    const result = await runStates(ones(INPUT), spec);
    expect(result.outputs).toEqual(pairs("", "a1", "a2 b1", "a3 b2 c1", "a4 b3", "a5", ""));
    expect(result.snapshots).toEqual(TOTALS);
  });

  test("every record of a batch, in order", async () => {
    const spec: CountSpec<number> = StateSpec.function((_key, value, state) => addUp(state, value));
    const { outputs } = await runStates(
      [
        [
          ["a", 5],
          ["a", 1],
          ["a", 1],
        ],
        [["a", 1]],
      ],
      spec,
    );
    expect(outputs).toEqual([[5, 6, 7], [8]]);
  });

  test("a time without a batch is as an empty batch for the snapshots", async () => {
    const spec: CountSpec<number> = StateSpec.function((_key, value, state) => addUp(state, value));
    const { outputs, snapshots: states } = await runStates([[["a", 1]], null, [["b", 1]]], spec);
    expect(outputs).toEqual([[1], [], [1]]);
    expect(states).toEqual(pairs("a1", "a1", "a1 b1"));
  });
});

describe("initial state", () => {
  const INITIAL: Pair[] = [
    ["a", 5],
    ["b", 10],
    ["c", -20],
    ["d", 0],
  ];
  const EXPECTED: Pair[][] = [
    [5, 10, -20],
    [6, 10, -20],
    [7, 11, -20],
    [8, 12, -19],
    [9, 13, -19],
    [10, 13, -19],
    [10, 13, -19],
  ].map(([a, b, c]) => [
    ["a", a!],
    ["b", b!],
    ["c", c!],
    ["d", 0],
  ]);

  test("is in the first snapshot and not passed through the function; optional gives nothing for undefined", async () => {
    const keys: string[] = [];
    const spec: CountSpec<number> = StateSpec.optional((key, value, state) => {
      keys.push(key);
      addUp(state, value);
      return undefined;
    });
    const { outputs, snapshots: states } = await runStates(ones(INPUT), spec.initialState(INITIAL));
    expect(outputs).toEqual(INPUT.map(() => []));
    expect(states).toEqual(sorted(EXPECTED));
    expect(keys).not.toContain("d");
  });

  test("as an RDD", async () => {
    const { ssc, clock } = manualContext({ master: "local[2]" });
    const spec: CountSpec<number> = StateSpec.function((_key, value, state) => addUp(state, value));
    const stream = ssc
      .queueStream(ones(INPUT))
      .mapWithState(spec.initialState(ssc.engine.parallelize(INITIAL)).numPartitions(3));
    const states = collected(stream.stateSnapshots());
    void ssc.start();
    await clock.advance(7000);
    expect(sorted(states)).toEqual(sorted(EXPECTED));
  });
});

describe("removing state", () => {
  test("a key that was removed is gone from the snapshot and starts afresh", async () => {
    const input = [[], ["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c"], ["a", "b"], ["a"], []];
    const spec: CountSpec<string> = StateSpec.optional((key, value, state) => {
      if (state.exists()) {
        state.remove();
        return key;
      }
      state.update(value!);
      return undefined;
    });
    const result = await runStates(ones(input), spec.numPartitions(1));
    expect(result.outputs).toEqual([[], [], ["a"], ["b"], ["a", "c"], ["b"], ["a"], []]);
    expect(result.snapshots).toEqual(pairs("", "a1", "b1", "a1 c1", "b1", "a1", "", ""));
  });

  test("a later record of the same batch starts afresh", async () => {
    const spec: StateSpec<string, string, number, number> = StateSpec.function((_key, command, state) => {
      if (command === "remove") state.remove();
      else state.update((state.getOption() ?? 0) + 1);
      return state.getOption() ?? -1;
    });
    const { outputs, snapshots: states } = await runStates(
      [
        [
          ["a", "add"],
          ["a", "add"],
          ["a", "remove"],
          ["a", "add"],
        ],
      ],
      spec.numPartitions(1),
    );
    expect(outputs).toEqual([[-1, 1, 1, 2]]);
    expect(states).toEqual(pairs("a1"));
  });
});

describe("checkpoint interval", () => {
  const never: CountSpec<number> = StateSpec.function(() => 0);

  test.each([
    { batchInterval: 100, given: undefined, expected: 1000 },
    { batchInterval: 1000, given: undefined, expected: 10_000 },
    { batchInterval: 10_000, given: undefined, expected: 100_000 },
    { batchInterval: 100, given: 2000, expected: 2000 },
    { batchInterval: 1000, given: 2000, expected: 2000 },
    { batchInterval: 10_000, given: 20_000, expected: 20_000 },
  ])("of batches of $batchInterval ms, given $given: $expected ms", async ({ batchInterval, given, expected }) => {
    const { ssc } = manualContext({ batchInterval, checkpoint: new MemoryStore() });
    const stream = ssc.queueStream<[string, number]>([]).mapWithState(never);
    if (given !== undefined) stream.checkpoint(given);
    stream.foreachRDD(() => {});
    await ssc.start();
    expect(stream.checkpointDuration?.milliseconds).toBe(expected);
  });
});
