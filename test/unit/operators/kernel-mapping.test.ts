import { beforeAll, expect, test } from "vitest";
import { abi } from "#kernel";
import { decodeFrame } from "../../../src/block/row-decoder.js";
import { HostKernel } from "../../../src/engine/stage-kernel.js";
import { isBail } from "../../../src/kernel/program.js";
import { ensureLowering } from "../../../src/lowering/door.js";
import { lowerStateful } from "../../../src/lowering/lower.js";
import { KernelMapping } from "../../../src/operators/kernel-mapping.js";
import { piecesOf } from "../../../src/operators/mapping-rows.js";
import { type ChangedEntries, entriesIn } from "../../../src/plan/durable-state.js";
import type { State } from "../../../src/state/current-state.js";
import { newThreads, thrownBy } from "../../support/kernel.js";

beforeAll(ensureLowering);

/** Where a debug artefact looks for the number of the table check at which it is to trap. */
const COUNTDOWN = abi.RESERVED_BYTES - 8;

const text = (key: string, value: string | undefined, state: State<string>) => {
  state.update(`${state.getOption() ?? ""}${value ?? "?"}`);
  return [key, state.get()];
};

test.each([undefined, 1000])(
  "a state outlives the memory that it lies in, whenever that is lost (idle: %s)",
  (idleMs) => {
    const lowered = lowerStateful(text, 2);
    if (!lowered.ok) throw new Error(lowered.reason);
    const rows = [1, 2, 3].map((batch) =>
      Array.from({ length: 9 }, (_, i) => [`a key of some length ${i % (3 + batch)}`, `${batch}`]),
    );
    let traps = 0;
    for (let check = 1; check < 60; check++) {
      const threads = newThreads("debug");
      const stage = new HostKernel(threads);
      const mapping = new KernelMapping({ partitions: 2, emitsUndefined: true, idleMs, isSaved: true });
      const saved = new Map<number, readonly [unknown, unknown]>();
      const input = (batch: number) => ({
        records: [0, 1].map(() => [{ kind: "rows", rows: rows[batch]! } as const]),
        initial: [],
        timeMs: batch,
        wantsSnapshots: true,
        changed: ([changes]: readonly ChangedEntries[]) => {
          return () => {
            for (const sequence of changes!.deleted) saved.delete(sequence);
            for (const { sequence, key, value } of entriesIn([changes!.put])) saved.set(sequence, [key, value]);
          };
        },
      });
      const inOrder = () => [...saved].sort(([a], [b]) => a - b).map(([, pair]) => pair);
      const before = mapping.next(stage, lowered.stateful, input(0)).snapshots[0]!;
      threads.kernel.memory.view.setUint32(COUNTDOWN, check, true);
      let made: ReturnType<KernelMapping["next"]> | undefined;
      try {
        made = mapping.next(stage, lowered.stateful, input(1));
      } catch (error) {
        expect(isBail(error)).toBe(true);
      }
      if (made) continue;
      traps++;
      const salvaged = mapping.takeSalvaged()!;
      // A version counts in all partitions or in none.
      for (const table of salvaged) expect(table.rows()).toEqual(before);
      expect(inOrder()).toEqual(before);
      if (idleMs) expect(salvaged[0]!.idleSince(1).map(({ timeMs }) => timeMs)).toEqual(before.map(() => 0));
      expect(mapping.restore(stage, piecesOf(salvaged))).toBe(true);
      const { rows: mappedRows, snapshots } = mapping.next(stage, lowered.stateful, input(1));
      expect(inOrder()).toEqual(snapshots[0]);
      const [block] = mappedRows[0]!;
      expect([...decodeFrame(block!.type, threads.kernel.memory, block!.ptr, block!.rows)].flat()[0]).toEqual([
        "a key of some length 0",
        `${before[0]![1]}2`,
      ]);
    }
    expect(traps).toBeGreaterThan(3);
  },
);

test("what the kernel cannot keep is not moved there", () => {
  const stage = new HostKernel(newThreads());
  const mapping = new KernelMapping({ partitions: 1, emitsUndefined: true, idleMs: undefined });
  const lowered = lowerStateful(text, 2);
  if (!lowered.ok) throw new Error(lowered.reason);
  const records = [[{ kind: "rows", rows: [[new Date(0), "x"]] } as const]];
  const run = () => mapping.next(stage, lowered.stateful, { records, initial: [], timeMs: 0, wantsSnapshots: false });
  expect(isBail(thrownBy(run))).toBe(true);
  expect(mapping.holds).toBe(false);
});
