import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeKey } from "../../../src/block/key.js";
import { type StateEntry, StateTable } from "../../../src/state/state-table.js";
import { check } from "../../support/property.js";

/** A table as a list: slow, and copied as a whole for a commit. */
class Model {
  #rows: Array<{ id: string; key: unknown; state: number; timeMs: number; touch: number }> = [];
  #committed: typeof this.rows = [];
  #touches = 0;

  get rows() {
    return this.#rows;
  }

  put(key: unknown, state: number, timeMs: number): void {
    const id = encodeKey(key);
    const touch = this.#touches++;
    const at = this.#rows.findIndex((row) => row.id === id);
    if (at < 0) this.#rows.push({ id, key, state, timeMs, touch });
    else this.#rows[at] = { ...this.#rows[at]!, state, timeMs, touch };
  }

  delete(key: unknown): void {
    this.#rows = this.#rows.filter(({ id }) => id !== encodeKey(key));
  }

  idleSince(timeMs: number) {
    return this.#rows.filter((row) => row.timeMs < timeMs).sort((a, b) => a.touch - b.touch);
  }

  commit(): void {
    this.#committed = [...this.#rows];
  }

  rollback(): void {
    this.#rows = [...this.#committed];
  }
}

const keys = fc.constantFrom<unknown>(
  "a",
  "b",
  "",
  1,
  "1",
  0,
  Number.NaN,
  null,
  undefined,
  [1, "a"],
  ["a", 1],
  { x: 1, y: [2] },
  { y: [2], x: 1 },
);

const operations = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("put" as const), key: keys, state: fc.integer({ min: 0, max: 3 }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), key: keys }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("commit" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("rollback" as const) }) },
  ),
  { maxLength: 60 },
);

const plain = ({ key, state, timeMs }: Pick<StateEntry<number>, "key" | "state" | "timeMs">) => ({
  key,
  state,
  timeMs,
});

describe("a table", () => {
  test("is its model: any changes, committed and rolled back", () => {
    check(
      fc.property(operations, fc.boolean(), (steps, tracksTouches) => {
        const table = new StateTable<number>({ tracksTouches });
        const model = new Model();
        for (const [timeMs, step] of steps.entries()) {
          if (step.do === "put") {
            table.put(step.key, step.state, timeMs);
            model.put(step.key, step.state, timeMs);
          } else if (step.do === "delete") {
            table.delete(step.key);
            model.delete(step.key);
          } else {
            table[step.do]();
            model[step.do]();
          }
          expect([...table.values()].map(plain)).toEqual(model.rows.map(plain));
          expect(table.rows()).toEqual(model.rows.map(({ key, state }) => [key, state]));
          expect(table.size).toBe(model.rows.length);
          for (const { key, state } of model.rows) expect(table.get(key)?.state).toBe(state);
          if (tracksTouches) {
            for (const since of [0, timeMs / 2, timeMs + 1]) {
              expect(table.idleSince(since).map(plain)).toEqual(model.idleSince(since).map(plain));
            }
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  test("-0 is 0, and a key keeps the form in which it came first", () => {
    const table = new StateTable<number>();
    table.put(-0, 1, 0);
    table.put(0, 2, 0);
    table.put({ a: 1, b: 2 }, 3, 0);
    table.put({ b: 2, a: 1 }, 4, 0);
    expect(table.rows()).toEqual([
      [0, 2],
      [{ a: 1, b: 2 }, 4],
    ]);
    expect(Object.is(table.rows()[0]![0], 0)).toBe(true);
    expect(Object.keys(table.rows()[1]![0] as object)).toEqual(["a", "b"]);
  });

  test("gives out the same pair as long as nothing changes, and never changes one that it gave out", () => {
    const table = new StateTable<number>();
    table.put("a", 1, 0);
    table.put("b", 1, 0);
    table.commit();
    const first = table.rows();
    table.put("a", 2, 1);
    table.put("b", 1, 1);
    table.commit();
    const second = table.rows();
    expect(first).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
    expect(second[0]).not.toBe(first[0]);
    expect(second[1]).toBe(first[1]);
    table.put("a", 3, 2);
    table.rollback();
    expect(table.rows()[0]).toBe(second[0]);
  });
});
