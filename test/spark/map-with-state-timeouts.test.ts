// The cases of Spark's MapWithStateSuite and MapWithStateRDDSuite on timeouts.
import { Seconds, StateError, StateSpec } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { stopContexts } from "../support/batches.js";
import { addUp, type CountSpec, runStates } from "../support/map-with-state.js";
import { ones, pairs } from "../support/pairs.js";

afterEach(stopContexts);

describe("timeouts", () => {
  test("Millrace: fire in every batch, for keys idle strictly longer than the timeout, once", async () => {
    const input = [["a", "b", "c"], ["a", "b"], ["a"], [], [], ["a"], ...Array.from({ length: 20 }, () => ["a"])];
    const spec: CountSpec<string> = StateSpec.optional((key, value, state) => {
      if (value !== undefined) state.update(1);
      return state.isTimingOut() ? key : undefined;
    });
    const { outputs, snapshots: states } = await runStates(ones(input), spec.timeout(Seconds(3)));
    const timedOut = outputs.flatMap((keys, index) => keys.map((key) => [key, index + 1]));
    // Last seen at 1 s and 2 s: idle for exactly 3 s at 4 s and 5 s, for longer a batch later.
    expect(timedOut).toEqual([
      ["c", 5],
      ["b", 6],
    ]);
    expect(states[0]).toEqual(pairs("a1 b1 c1")[0]);
    expect(states[3]).toEqual(pairs("a1 b1 c1")[0]);
    expect(states[4]).toEqual(pairs("a1 b1")[0]);
    expect(states.at(-1)).toEqual([["a", 1]]);
  });

  test("a state that times out can be read but not changed", async () => {
    const seen: unknown[] = [];
    const failures: unknown[] = [];
    const spec: CountSpec<number> = StateSpec.function((_key, value, state) => {
      if (value !== undefined) return addUp(state, value);
      seen.push([state.exists(), state.get(), state.getOption(), state.isTimingOut()]);
      for (const change of [() => state.remove(), () => state.update(-1)]) {
        try {
          change();
        } catch (error) {
          failures.push(error);
        }
      }
      return state.get() * 100;
    });
    const { outputs, snapshots: states } = await runStates(ones([["a"], ["a"], [], [], []]), spec.timeout(1000));
    expect(seen).toEqual([[true, 2, 2, true]]);
    expect(failures).toHaveLength(2);
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(StateError);
      expect(failure).toMatchObject({ code: "timing-out" });
    }
    expect(outputs).toEqual([[1], [2], [], [200], []]);
    expect(states).toEqual(pairs("a1", "a2", "a2", "", ""));
  });

  test("any record refreshes a key that has a state, even one that changes nothing", async () => {
    const spec: StateSpec<string, string, number, string> = StateSpec.optional((key, command, state) => {
      if (command === "set") state.update(1);
      return state.isTimingOut() ? key : undefined;
    });
    const { outputs } = await runStates(
      [
        [
          ["a", "set"],
          ["b", "set"],
        ],
        [["a", "noop"]],
        [["a", "noop"]],
        [],
        [],
      ],
      spec.timeout(1000),
    );
    expect(outputs).toEqual([[], [], ["b"], [], ["a"]]);
  });

  test("a key without a state does not time out", async () => {
    const spec: CountSpec<string> = StateSpec.optional((key, _value, state) => (state.isTimingOut() ? key : undefined));
    const { outputs, snapshots: states } = await runStates(ones([["a"], [], [], []]), spec.timeout(1000));
    expect(outputs).toEqual([[], [], [], []]);
    expect(states).toEqual([[], [], [], []]);
  });

  test("a key that got data in the batch in which it would time out stays, or goes where the function removes it", async () => {
    const spec: StateSpec<string, string, number, string> = StateSpec.optional((key, command, state) => {
      if (command === "set") state.update(1);
      if (command === "remove") state.remove();
      return state.isTimingOut() ? key : undefined;
    });
    const { outputs, snapshots: states } = await runStates(
      [
        [
          ["a", "set"],
          ["b", "set"],
        ],
        [],
        [
          ["a", "noop"],
          ["b", "remove"],
        ],
      ],
      spec.timeout(1000),
    );
    expect(outputs).toEqual([[], [], []]);
    expect(states.at(-1)).toEqual(pairs("a1")[0]);
  });

  test("an initial state counts from the first batch", async () => {
    const spec: CountSpec<string> = StateSpec.optional((key, _value, state) => (state.isTimingOut() ? key : undefined));
    const { outputs } = await runStates(ones([[], [], [], []]), spec.initialState([["a", 1]]).timeout(2000));
    expect(outputs).toEqual([[], [], [], ["a"]]);
  });
});
