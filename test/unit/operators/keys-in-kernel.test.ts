import fc from "fast-check";
import { beforeAll, describe, expect, it, test } from "vitest";
import { abi } from "#kernel";
import type { InputBlock } from "../../../src/block/block.js";
import { encodeTyped } from "../../../src/block/row-encoder.js";
import { HostKernel } from "../../../src/engine/stage-kernel.js";
import type { Threads } from "../../../src/engine/threads.js";
import { isBail } from "../../../src/kernel/program.js";
import { ensureLowering } from "../../../src/lowering/door.js";
import { KeysInKernel } from "../../../src/operators/keys-in-kernel.js";
import { MappingCalls } from "../../../src/operators/mapping-calls.js";
import { piecesOf } from "../../../src/operators/mapping-rows.js";
import { Origin } from "../../../src/plan/origin.js";
import type { State } from "../../../src/state/current-state.js";
import { StateTable } from "../../../src/state/state-table.js";
import { typed } from "../../support/hostile-rows.js";
import { ARTEFACTS, newThreads, thrownBy } from "../../support/kernel.js";
import { check, random } from "../../support/property.js";

beforeAll(ensureLowering);

/** Where a debug artefact looks for the number of the table check at which it is to trap. */
const COUNTDOWN = abi.RESERVED_BYTES - 8;

type Action = "put" | "same" | "remove" | "none" | "throw";
type Record = readonly [key: unknown, value: readonly [action: Action, number: number]];

interface Version {
  readonly records: readonly Record[];
  /** Whether records lie in columns, and in how many blocks they come. */
  readonly isFramed: boolean;
  readonly blocks: number;
  /** The state goes to tables of JavaScript values and back before it. */
  readonly moves: boolean;
}

interface Scenario {
  readonly idleMs: number | undefined;
  readonly wantsSnapshots: boolean;
  readonly versions: readonly Version[];
}

/** Few keys, so that most rows meet one again. */
const scenario: fc.Arbitrary<Scenario> = typed(1).chain(({ value: key }) =>
  fc.array(key, { minLength: 1, maxLength: 10 }).chain((keys) =>
    fc.record({
      idleMs: fc.constantFrom(undefined, 1, 2),
      wantsSnapshots: fc.boolean(),
      versions: fc.array(
        fc.record({
          records: fc.array(
            fc.tuple(
              fc.constantFrom(...keys),
              fc.tuple(
                fc.constantFrom<Action>(
                  ...["put", "put", "same", "remove", "none", "none"].flatMap((a) => [a, a, a] as Action[]),
                  "throw",
                ),
                fc.integer({ min: -3, max: 3 }),
              ),
            ) as fc.Arbitrary<Record>,
            { maxLength: 40 },
          ),
          isFramed: fc.boolean(),
          blocks: fc.integer({ min: 1, max: 3 }),
          moves: fc.boolean(),
        }),
        { maxLength: 8 },
      ),
    }),
  ),
);

/** Does what the record says; states are objects, so that it shows whether they stay the same ones. */
function mapping(key: unknown, value: Record[1] | undefined, state: State<{ n: number }>): unknown {
  const before = state.getOption();
  if (state.isTimingOut() || value === undefined) return [key, "timed out", before];
  const [action, number] = value;
  if (action === "put") state.update({ n: (before?.n ?? 0) + number });
  else if (action === "same" && before) state.update(before);
  else if (action === "remove") state.remove();
  else if (action === "throw" && number > 1) throw new Error("as the record says");
  return [key, action, before, state.getOption()];
}

/** The state as a table of JavaScript values, changed by every call at once. */
class Model {
  readonly table: StateTable<{ n: number }>;
  readonly #idleMs: number | undefined;

  constructor({ idleMs }: Pick<Scenario, "idleMs">) {
    this.#idleMs = idleMs;
    this.table = new StateTable({ tracksTouches: idleMs !== undefined });
  }

  next(records: readonly Record[], timeMs: number): unknown[] | "thrown" {
    const calls = callsAt(timeMs);
    const current = calls.state as State<unknown> & { isRemoved: boolean; isUpdated: boolean };
    const isTracked = this.#idleMs !== undefined;
    try {
      for (const [given, value] of records) {
        const key = given === 0 ? 0 : given;
        calls.call(key, value, this.table.get(key)?.state, false);
        if (current.isRemoved) this.table.delete(key);
        else if (current.isUpdated || (isTracked && current.exists())) {
          this.table.put(key, current.get() as { n: number }, timeMs);
        }
      }
      for (const { key, state } of isTracked ? this.table.idleSince(timeMs - this.#idleMs!) : []) {
        calls.call(key, undefined, state, true);
        this.table.delete(key);
      }
    } catch {
      this.table.rollback();
      return "thrown";
    }
    this.table.commit();
    return calls.mapped;
  }
}

function callsAt(timeMs: number): MappingCalls {
  return new MappingCalls({
    origin: new Origin("mapWithState", callsAt),
    fn: mapping as never,
    emitsUndefined: true,
    timeMs,
  });
}

function blocksOf(threads: Threads, { records, isFramed, blocks }: Version): InputBlock[] {
  const size = Math.ceil(records.length / blocks) || 1;
  const parts = Array.from({ length: blocks }, (_, i) => records.slice(i * size, (i + 1) * size));
  return parts.flatMap((rows): InputBlock[] => {
    const typedRows = isFramed ? encodeTyped(rows, threads.kernel) : undefined;
    if (!typedRows) return [{ kind: "rows", rows }];
    return [{ kind: "frame", type: typedRows.type, home: 0, ...typedRows.frame }];
  });
}

/** Whether a key is of several values, of which one is -0: it is the same as one with 0, and which of them the key is decides the row that puts it. */
function hasMinusZero(key: unknown): boolean {
  return typeof key === "object" && key !== null && Object.values(key).some((part) => Object.is(part, -0));
}

/** What a table has, in both of its orders. */
function contentOf(table: StateTable<unknown>, tracksTouches: boolean): unknown {
  const touches = tracksTouches ? table.idleSince(Number.POSITIVE_INFINITY) : [];
  return { rows: table.rows(), touches: touches.map(({ key, state, timeMs }) => [key, state, timeMs]) };
}

describe.each(ARTEFACTS)("KeysInKernel (%s)", (artefact) => {
  it("does what the table of JavaScript values does, version by version", () => {
    const threads = newThreads(artefact);
    const stage = new HostKernel(threads);
    check(
      fc.property(scenario, (given) => {
        const { idleMs, wantsSnapshots, versions } = given;
        const tracksTouches = idleMs !== undefined;
        const keys = new KeysInKernel({ partitions: 1, idleMs, wantsSnapshots });
        const model = new Model(given);
        for (const [timeMs, version] of versions.entries()) {
          if (version.moves && keys.holds) {
            const tables = keys.moved();
            expect(contentOf(tables[0]!, tracksTouches)).toEqual(contentOf(model.table, tracksTouches));
            keys.free();
            expect(keys.restore(stage, piecesOf(tables))).toBe(true);
          }
          if (version.records.some(([key]) => hasMinusZero(key))) {
            const bailing = blocksOf(threads, version);
            const run = () => keys.next(stage, { records: [bailing], timeMs, callsOf: () => callsAt(timeMs) });
            expect(isBail(thrownBy(run))).toBe(true);
            continue;
          }
          const blocks = blocksOf(threads, version);
          const run = () => keys.next(stage, { records: [blocks], timeMs, callsOf: () => callsAt(timeMs) });
          const wanted = model.next(version.records, timeMs);
          if (wanted === "thrown") expect((thrownBy(run) as { code?: string }).code).toBe("function-threw");
          else {
            const { rows, snapshots } = run();
            expect(rows[0]).toEqual(wanted);
            if (wantsSnapshots) expect(snapshots[0]).toEqual(model.table.rows());
          }
          for (const block of blocks) if (block.kind === "frame") threads.kernel.memory.free(block.ptr);
          if (!keys.holds) expect(model.table.size).toBe(0);
          else expect(contentOf(keys.moved()[0]!, tracksTouches)).toEqual(contentOf(model.table, tracksTouches));
        }
        keys.free();
      }),
      { numRuns: artefact === "debug" ? 40 : 150 },
    );
  });

  it("stays as small as what is there, however often keys are removed and come back, in whatever order", () => {
    const threads = newThreads(artefact);
    const stage = new HostKernel(threads);
    const draw = random(11);
    const given = { idleMs: 3, wantsSnapshots: true };
    const keys = new KeysInKernel({ partitions: 1, ...given });
    const model = new Model(given);
    const bytes: number[] = [];
    for (let timeMs = 0; timeMs < 40; timeMs++) {
      // Most keys come once: they get a place that is taken back.
      const records = Array.from({ length: 3000 }, (): Record => {
        const key = `a key that is longer than sixteen bytes ${Math.floor(draw() ** 2 * 4000)}`;
        return [key, [draw() < 0.3 ? "put" : draw() < 0.5 ? "remove" : "none", timeMs]];
      });
      const blocks = blocksOf(threads, { records, isFramed: timeMs % 2 === 0, blocks: 2, moves: false });
      const wanted = model.next(records, timeMs);
      const { rows, snapshots } = keys.next(stage, { records: [blocks], timeMs, callsOf: () => callsAt(timeMs) });
      expect(rows[0]).toEqual(wanted);
      expect(snapshots[0]).toEqual(model.table.rows());
      for (const block of blocks) if (block.kind === "frame") threads.kernel.memory.free(block.ptr);
      bytes.push(keys.size.bytes);
    }
    expect(keys.size.keys).toBe(model.table.size);
    expect(bytes.at(-1)).toBeLessThan(1.5 * bytes[12]!);
    const before = threads.kernel.memory.bytesTaken;
    keys.free();
    expect(threads.kernel.memory.bytesTaken).toBeLessThanOrEqual(before - bytes.at(-1)!);
  });
});

test.each([undefined, 1000])(
  "a state outlives the memory that its keys lie in, whenever that is lost (idle: %s)",
  (idleMs) => {
    const versions = [1, 2, 3].map((version) =>
      Array.from(
        { length: 9 },
        (_, i): Record => [`a key of some length ${i % (3 + version)}`, [i % 4 === 3 ? "remove" : "put", version]],
      ),
    );
    const codes = new Set<unknown>();
    for (let check = 1; check < 60; check++) {
      const threads = newThreads("debug");
      const stage = new HostKernel(threads);
      const keys = new KeysInKernel({ partitions: 1, idleMs, wantsSnapshots: false });
      const model = new Model({ idleMs });
      const next = (version: number) =>
        keys.next(stage, {
          records: [[{ kind: "rows", rows: versions[version]! }]],
          timeMs: version,
          callsOf: () => callsAt(version),
        }).rows[0];
      expect(next(0)).toEqual(model.next(versions[0]!, 0));
      threads.kernel.memory.view.setUint32(COUNTDOWN, check, true);
      let made: unknown;
      try {
        made = next(1);
      } catch (error) {
        // Before the first call JavaScript makes the version, after it nobody can.
        codes.add((error as { code?: string }).code);
      }
      if (made !== undefined) continue;
      const salvaged = keys.takeSalvaged()!;
      expect(contentOf(salvaged[0]!, idleMs !== undefined)).toEqual(contentOf(model.table, idleMs !== undefined));
      expect(keys.restore(stage, piecesOf(salvaged))).toBe(true);
      expect(next(1)).toEqual(model.next(versions[1]!, 1));
      expect(next(2)).toEqual(model.next(versions[2]!, 2));
    }
    expect(codes).toEqual(new Set(["bail", "version-lost"]));
  },
);

describe("what the kernel cannot tell apart is left to JavaScript before any call", () => {
  const stage = () => new HostKernel(newThreads());
  const next = (keys: KeysInKernel, host: HostKernel, rows: readonly unknown[]) =>
    keys.next(host, {
      records: [[{ kind: "rows", rows }]],
      timeMs: 0,
      callsOf: () => {
        throw new Error("It was called.");
      },
    });
  test.each([
    ["dates", [[new Date(0), ["put", 1]]]],
    [
      "keys of two shapes",
      [
        ["text", ["put", 1]],
        [
          ["a", "pair"],
          ["put", 1],
        ],
      ],
    ],
    [
      "a part that is -0",
      [
        [
          [1, -0],
          ["put", 1],
        ],
      ],
    ],
  ])("%s", (_what, rows) => {
    const keys = new KeysInKernel({ partitions: 1, idleMs: undefined, wantsSnapshots: false });
    expect(isBail(thrownBy(() => next(keys, stage(), rows)))).toBe(true);
    const table = new StateTable<unknown>();
    for (const [key] of rows) table.put(key, 1, 0);
    table.commit();
    expect(keys.restore(stage(), piecesOf([table]))).toBe(false);
    expect(keys.holds).toBe(false);
  });

  test("a shape that differs from that of the keys that are there", () => {
    const keys = new KeysInKernel({ partitions: 1, idleMs: undefined, wantsSnapshots: true });
    const host = stage();
    keys.next(host, {
      records: [[{ kind: "rows", rows: [["text", ["put", 1]]] }]],
      timeMs: 0,
      callsOf: () => callsAt(0),
    });
    expect(
      isBail(
        thrownBy(() =>
          next(keys, host, [
            [
              ["a", "pair"],
              ["put", 1],
            ],
          ]),
        ),
      ),
    ).toBe(true);
    expect(keys.moved()[0]!.rows()).toEqual([["text", { n: 1 }]]);
  });

  test("keys of more types than those that are there join them", () => {
    const keys = new KeysInKernel({ partitions: 1, idleMs: undefined, wantsSnapshots: true });
    const host = stage();
    const put = (...all: unknown[]) => {
      const rows = all.map((key) => [key, ["put", 1]]);
      return keys.next(host, { records: [[{ kind: "rows", rows }]], timeMs: 0, callsOf: () => callsAt(0) })
        .snapshots[0];
    };
    put("1", "text");
    expect(put(1, null, "1", true)).toEqual([
      ["1", { n: 2 }],
      ["text", { n: 1 }],
      ...[1, null, true].map((key) => [key, { n: 1 }]),
    ]);
  });
});
