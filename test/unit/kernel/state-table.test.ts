import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NUMBER, type RowType, STRING } from "../../../src/block/row-type.js";
import { KernelError } from "../../../src/errors.js";
import { isBail } from "../../../src/kernel/program.js";
import type { VectorValue } from "../../../src/kernel/vector.js";
import { StateTable } from "../../../src/state/state-table.js";
import { leafValues } from "../../support/groups.js";
import { hostileNumber, SCALARS, typed } from "../../support/hostile-rows.js";
import { ARTEFACTS, newKernel, thrownBy } from "../../support/kernel.js";
import { check, random } from "../../support/property.js";
import { SavedRows, type StateChange, StateRun } from "../../support/states.js";

interface Version {
  readonly rows: readonly StateChange[];
  readonly ends: "commit" | "rollback";
  /** Keys idle for so many versions are removed at its end. */
  readonly idle: number | undefined;
}

interface Scenario {
  readonly keyType: RowType;
  readonly leaves: ReadonlyArray<{ readonly isNumber: boolean }>;
  readonly tracksTouches: boolean;
  readonly versions: readonly Version[];
}

const anyValue = SCALARS[4]!.value as fc.Arbitrary<VectorValue>;

/** Few keys, so that most rows meet one again, within a vector and later. */
const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    key: typed(1),
    leaves: fc.array(fc.record({ isNumber: fc.boolean() }), { minLength: 1, maxLength: 3 }),
    tracksTouches: fc.boolean(),
  })
  .chain(({ key, leaves, tracksTouches }) =>
    fc.array(key.value, { minLength: 1, maxLength: 12 }).chain((keys) =>
      fc.record({
        keyType: fc.constant(key.type),
        leaves: fc.constant(leaves),
        tracksTouches: fc.constant(tracksTouches),
        versions: fc.array(
          fc.record({
            rows: fc.array(
              fc.record({
                key: fc.constantFrom(...keys),
                action: fc.constantFrom("put", "put", "remove", "none"),
                values: fc.tuple(...leaves.map(({ isNumber }) => (isNumber ? hostileNumber : anyValue))),
              }) as fc.Arbitrary<StateChange>,
              { maxLength: 40 },
            ),
            ends: fc.constantFrom("commit", "commit", "rollback"),
            idle: fc.constantFrom(undefined, 1, 2),
          }) as fc.Arbitrary<Version>,
          { maxLength: 6 },
        ),
      }),
    ),
  );

type Leaves = readonly VectorValue[];

/** The same on the table of JavaScript values. */
class Model {
  readonly table: StateTable<Leaves>;
  readonly #keyType: RowType;

  constructor({ keyType, tracksTouches }: Scenario) {
    this.#keyType = keyType;
    this.table = new StateTable({ tracksTouches });
  }

  change(rows: readonly StateChange[], timeMs: number): VectorValue[][] {
    return rows.map(({ key, action, values }) => {
      const met = this.table.get(key)?.state;
      if (action === "put") this.table.put(key, values, timeMs);
      else if (action === "remove") this.table.delete(key);
      return met ? [true, ...met] : [false, ...values.map(() => undefined)];
    });
  }

  rows(): unknown[] {
    return [...this.table.values()].map((entry) => this.#row(entry));
  }

  idle(timeMs: number): unknown[] {
    return this.table.idleSince(timeMs).map((entry) => this.#row(entry));
  }

  #row({ key, state }: { key: unknown; state: Leaves }): unknown[] {
    return [...leafValues(this.#keyType, key), ...state];
  }
}

describe.each(ARTEFACTS)("KernelStateTable (%s)", (artefact) => {
  const kernel = newKernel(artefact);

  it("does what the table of JavaScript values does, version by version", () => {
    check(
      fc.property(scenario, (given) => {
        const bytesBefore = kernel.memory.bytesTaken;
        const { keyType, leaves, tracksTouches, versions } = given;
        const run = new StateRun(kernel, keyType, leaves, tracksTouches);
        const model = new Model(given);
        const saved = new SavedRows();
        for (const [timeMs, { rows, ends, idle }] of versions.entries()) {
          run.table.begin(timeMs);
          expect(run.change(rows)).toEqual(model.change(rows, timeMs));
          if (tracksTouches && idle !== undefined) {
            const list = run.table.idle(timeMs - idle);
            expect(run.rows(list)).toEqual(model.idle(timeMs - idle));
            run.table.remove(list);
            for (const { key } of model.table.idleSince(timeMs - idle)) model.table.delete(key);
          }
          expect(run.rows()).toEqual(model.rows());
          if (ends === "commit") saved.take(run);
          run.table[ends]();
          model.table[ends]();
          expect(saved.rows()).toEqual(model.rows());
          if (tracksTouches) expect(saved.idle(timeMs)).toEqual(model.idle(timeMs));
          expect(run.table.count).toBe(model.table.size);
          expect(run.rows()).toEqual(model.rows());
        }
        run.table.free();
        expect(kernel.memory.bytesTaken).toBe(bytesBefore);
      }),
      { numRuns: artefact === "debug" ? 40 : 150 },
    );
  });

  it("stays as small as what is there, however often keys are removed and come back", () => {
    const run = new StateRun(kernel, STRING, [{ isNumber: false }], true);
    const draw = random(7);
    const model = new StateTable<Leaves>({ tracksTouches: true });
    const saved = new SavedRows();
    const bytes: number[] = [];
    for (let timeMs = 0; timeMs < 60; timeMs++) {
      run.table.begin(timeMs);
      const rows = Array.from({ length: 3000 }, (): StateChange => {
        const key = `a key that is longer than sixteen bytes ${Math.floor(draw() * 2000)}`;
        return { key, action: draw() < 0.5 ? "put" : "remove", values: [`some text ${Math.floor(draw() * 1e9)}`] };
      });
      run.change(rows);
      for (const { key, action, values } of rows) {
        if (action === "put") model.put(key, values, timeMs);
        else model.delete(key);
      }
      saved.take(run);
      run.table.commit();
      model.commit();
      bytes.push(run.table.bytes);
    }
    expect(run.rows()).toEqual([...model.values()].map(({ key, state }) => [key, ...state]));
    expect(saved.rows()).toEqual(run.rows());
    const idle = run.table.idle(58);
    expect(run.rows(idle)).toEqual(model.idleSince(58).map(({ key, state }) => [key, ...state]));
    expect(saved.idle(58)).toEqual(run.rows(idle));
    expect(idle.count).toBeGreaterThan(0);
    expect(bytes.at(-1)!).toBeLessThan(2 * bytes[15]!);
    run.table.free();
  });

  it("takes rows of one key one after the other, also where a vector has no other", () => {
    const run = new StateRun(kernel, NUMBER, [{ isNumber: true }]);
    run.table.begin(0);
    const met = run.change(
      Array.from({ length: 2500 }, (_, i) => ({ key: i % 3 ? 7 : -0, action: "put", values: [i] })),
    );
    expect(met.slice(-2)).toEqual([
      [true, 2497],
      [true, 2496],
    ]);
    run.table.commit();
    expect(run.rows()).toEqual([
      [0, 2499],
      [7, 2498],
    ]);
    run.table.free();
  });

  it("knows what a version has changed", () => {
    const run = new StateRun(kernel, NUMBER, [{ isNumber: true }]);
    const put = (key: number): StateChange => ({ key, action: "put", values: [key] });
    run.table.begin(0);
    run.change(Array.from({ length: 5000 }, (_, i) => put(i)));
    expect(run.table.changed().count).toBe(5000);
    run.table.commit();
    run.table.begin(1);
    const remove = (key: number): StateChange => ({ ...put(key), action: "remove" });
    run.change([put(17), put(4000), put(17), remove(5), put(9000), put(9001), remove(9001), remove(8), put(8)]);
    run.table.commit();
    // One that came and went is in neither, one that went and came back in both.
    expect(run.rows(run.table.gone()).map((row) => (row as number[])[0])).toEqual([5, 8]);
    expect(run.rows(run.table.changed())).toEqual([
      [17, 17],
      [4000, 4000],
      [9000, 9000],
      [8, 8],
    ]);
    run.table.free();
  });

  it("bails, and says why, where a leaf of numbers gets something else", () => {
    const run = new StateRun(kernel, NUMBER, [{ isNumber: true }]);
    run.table.begin(0);
    expect(run.table.isRefused).toBe(false);
    expect(isBail(thrownBy(() => run.change([{ key: 1, action: "put", values: ["1"] }])))).toBe(true);
    expect(run.table.isRefused).toBe(true);
    run.table.rollback();
    expect(run.rows()).toEqual([]);
    run.table.free();
  });

  it("has taken no more memory after a version that found no room", () => {
    const small = newKernel(artefact, 4 * 2 ** 20);
    const run = new StateRun(small, NUMBER, [{ isNumber: true }]);
    const rowsFrom = (from: number, count: number) =>
      Array.from({ length: count }, (_, i): StateChange => ({ key: from + i, action: "put", values: [i] }));
    run.table.begin(0);
    run.change(rowsFrom(0, 2000));
    run.table.commit();
    const before = run.rows();
    for (let version = 1; version < 4; version++) {
      run.table.begin(version);
      const error = thrownBy(() => run.change(rowsFrom(1000, 200_000)));
      expect(error).toBeInstanceOf(KernelError);
      expect(error).toMatchObject({
        code: "memory-limit",
        details: { keys: expect.any(Number), bytes: expect.any(Number) },
      });
      run.table.rollback();
      expect(run.rows()).toEqual(before);
    }
    run.table.free();
  });
});

it("takes at most 64 bytes a key of 12 bytes with a number, at 1,000,000 keys", () => {
  const keys = 1_000_000;
  const kernel = newKernel("unshared");
  const before = kernel.memory.bytesTaken;
  const run = new StateRun(kernel, STRING, [{ isNumber: true }]);
  for (let from = 0; from < keys; from += 100_000) {
    run.table.begin(from);
    run.change(
      Array.from({ length: 100_000 }, (_, i) => ({
        key: `user-${String(from + i).padStart(7, "0")}`,
        action: "put",
        values: [i],
      })),
    );
    run.table.commit();
  }
  expect(run.table.count).toBe(keys);
  expect(kernel.memory.bytesTaken - before).toBeLessThan(64 * keys);
  expect(run.table.bytes).toBeLessThan(64 * keys);
});
