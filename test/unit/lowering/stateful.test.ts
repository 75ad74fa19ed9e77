import { beforeAll, describe, expect, it } from "vitest";
import { evaluateStateful } from "../../../src/lowering/evaluate.js";
import { lowerStateful } from "../../../src/lowering/lower.js";
import { ensureParser } from "../../../src/lowering/parser.js";
import type { Lambda } from "../../../src/lowering/row.js";
import type { State } from "../../../src/state/current-state.js";
import type { Time } from "../../../src/time/time.js";

beforeAll(ensureParser);

type N = State<number>;

function runs(fn: Lambda, ...args: unknown[]) {
  const lowering = lowerStateful(fn, 2);
  if (!lowering.ok) throw new Error(lowering.reason);
  return evaluateStateful(lowering.stateful, args);
}

function reasonOf(fn: Lambda): string | undefined {
  const lowering = lowerStateful(fn, 2);
  return lowering.ok ? undefined : lowering.reason;
}

describe("lowerStateful", () => {
  it("gives the state after a running sum", () => {
    const sum = (key: string, value: number, state: N) => {
      const total = (state.getOption() ?? 0) + value;
      state.update(total);
      return [key, total];
    };
    expect(runs(sum, "a", 2, 5, false)).toEqual({ result: ["a", 7], state: 7, isUpdated: true, isRemoved: false });
    expect(runs(sum, "a", 2, undefined, false)).toMatchObject({ result: ["a", 2], state: 2 });
    expect(() => runs(sum, "a", 2, 5, true)).toThrow("timing out");
  });

  it("keeps effects under their conditions, in order", () => {
    const fn = (key: string, value: number, state: N) => {
      if (state.isTimingOut()) return [key, "idle", state.get()];
      if (value < 0) {
        state.remove();
        return [key, state.exists()];
      }
      if (!state.exists()) state.update(value);
      else state.update(state.get() + value);
      return [key, state.get()];
    };
    expect(runs(fn, "a", 0, 4, true)).toEqual({
      result: ["a", "idle", 4],
      state: 4,
      isUpdated: false,
      isRemoved: false,
    });
    expect(runs(fn, "a", -1, 4, false)).toEqual({
      result: ["a", false],
      state: undefined,
      isUpdated: false,
      isRemoved: true,
    });
    expect(runs(fn, "a", 3, undefined, false)).toMatchObject({ result: ["a", 3], state: 3, isUpdated: true });
    expect(runs(fn, "a", 3, 4, false)).toMatchObject({ result: ["a", 7], state: 7, isUpdated: true });
  });

  it("reads what minifiers write", () => {
    const fn = new Function(
      "return (k,v,s)=>{const n=(s.getOption()??0)+v;return n>9?(s.remove(),[k,n]):(v&&s.update(n),[k,-n])}",
    )() as Lambda;
    expect(runs(fn, "a", 2, 5, false)).toEqual({ result: ["a", -7], state: 7, isUpdated: true, isRemoved: false });
    expect(runs(fn, "a", 5, 5, false)).toEqual({
      result: ["a", 10],
      state: undefined,
      isUpdated: false,
      isRemoved: true,
    });
    expect(runs(fn, "a", 0, 5, false)).toEqual({ result: ["a", -5], state: 5, isUpdated: false, isRemoved: false });
  });

  it("throws where the state does", () => {
    expect(() => runs((_k: string, _v: number, s: N) => s.get(), "a", 1, undefined, false)).toThrow("no state");
    const updates = (_k: string, v: number, s: N) => {
      s.update(v);
    };
    expect(() => runs(updates, "a", undefined, 1, false)).toThrow("no state");
    const after = (_k: string, v: number, s: N) => {
      s.remove();
      s.update(v);
    };
    expect(() => runs(after, "a", 1, 1, false)).toThrow("removed");
  });

  it("refuses what means something else than it says", () => {
    const make = new Function("String", "return (key, value, state) => String(key)");
    expect(reasonOf(make((value: unknown) => `<${value}>`))).toMatch(/^gives another result .*String may be changed$/);
    expect(reasonOf(make(String))).toBeUndefined();
    expect(reasonOf((key: string, _v: number, s: N) => s.update(Number(key)))).toBeUndefined();
  });

  it("refuses the time, the state as a value, and changes that it cannot place", () => {
    expect(reasonOf((_k: string, _v: number, _s: N, time: Time) => time.milliseconds)).toBe('uses "time", the time');
    expect(reasonOf((_k: string, _v: number, state: N) => [state])).toBe(
      'uses "state", the state, otherwise than by its methods',
    );
    expect(reasonOf((_k: string, _v: number, state: N) => [state.update(1)])).toContain(
      "in the middle of an expression",
    );
    expect(
      reasonOf((_k: string, v: number, state: N) =>
        [v].map((x) => {
          if (x) state.update(x);
          return x;
        }),
      ),
    ).toBe("changes the state inside a function");
    expect(reasonOf((_k: string, _v: number, { get }: N) => get())).toBe("takes the state apart");
  });
});
