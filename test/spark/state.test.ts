// The cases of Spark's MapWithStateSuite and MapWithStateRDDSuite on what the function may do with a state.
import { type State, StateError, StateSpec } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { stopContexts } from "../support/batches.js";
import { type CountSpec, runStates } from "../support/map-with-state.js";
import { ones, pairs } from "../support/pairs.js";

afterEach(stopContexts);

describe("the state that the function is given", () => {
  /** What a call sees, before and after what it does. */
  interface Seen {
    readonly exists: boolean;
    readonly value: number | undefined;
    readonly get: number | "throws";
    readonly isTimingOut: boolean;
  }

  function look(state: State<number>): Seen {
    let get: number | "throws";
    try {
      get = state.get();
    } catch {
      get = "throws";
    }
    return { exists: state.exists(), value: state.getOption(), get, isTimingOut: state.isTimingOut() };
  }

  const NONE = { exists: false, value: undefined, get: "throws", isTimingOut: false };
  const some = (value: number) => ({ exists: true, value, get: value, isTimingOut: false });

  test("is empty, then what was updated, then empty after remove; after remove it takes no change", async () => {
    const seen: Seen[] = [];
    const codes: unknown[] = [];
    const spec: StateSpec<string, string, number, number> = StateSpec.function((_key, command, state) => {
      seen.push(look(state));
      if (command === "update") {
        state.update(2);
        seen.push(look(state));
      }
      if (command === "remove") {
        state.remove();
        seen.push(look(state));
        for (const change of [() => state.remove(), () => state.update(-1)]) {
          try {
            change();
          } catch (error) {
            codes.push(error instanceof StateError && error.code);
          }
        }
      }
      return 0;
    });
    await runStates([[["a", "noop"]], [["a", "update"]], [["a", "remove"]], [["a", "noop"]]], spec);
    expect(seen).toEqual([NONE, NONE, some(2), some(2), NONE, NONE]);
    expect(codes).toEqual(["removed", "removed"]);
  });

  test("keys without records are not touched", async () => {
    const touched: string[][] = Array.from({ length: 8 }, () => []);
    const spec: CountSpec<number> = StateSpec.function((key, command, state, time) => {
      touched[time.milliseconds / 1000 - 1]!.push(key);
      if (command === 1) state.update(state.exists() ? state.get() + 1 : 0);
      if (command === 2) state.remove();
      return 0;
    });
    const { snapshots: states } = await runStates(
      [
        [["x", 0]],
        [["p", 1]],
        [["q", 1]],
        [["p", 1]],
        [
          ["x", 0],
          ["q", 1],
          ["q", 1],
          ["r", 1],
        ],
        [["r", 1]],
        [["p", 2]],
        [
          ["q", 2],
          ["y", 0],
        ],
      ],
      spec.initialState([["k", 0]]).numPartitions(2),
    );
    expect(touched.map((keys) => [...keys].sort())).toEqual([
      ["x"],
      ["p"],
      ["q"],
      ["p"],
      ["q", "q", "r", "x"],
      ["r"],
      ["p"],
      ["q", "y"],
    ]);
    expect(states).toEqual(
      pairs("k0", "k0 p0", "k0 p0 q0", "k0 p1 q0", "k0 p1 q2 r0", "k0 p1 q2 r1", "k0 q2 r1", "k0 r1"),
    );
  });

  test("undefined is no state", async () => {
    const spec: CountSpec<number> = StateSpec.function((_key, _value, state) => {
      state.update(undefined as unknown as number);
      return 0;
    });
    await expect(runStates(ones([["a"]]), spec)).rejects.toThrow(/undefined/);
  });
});
