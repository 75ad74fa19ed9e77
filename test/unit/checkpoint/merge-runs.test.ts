import fc from "fast-check";
import { expect, it } from "vitest";
import { type Layer, mergeLayers, type Part } from "../../../src/checkpoint/merge-runs.js";
import { merged, type Slots, slotsOf, withoutGone } from "../../../src/checkpoint/slots.js";
import { columnsOf, type DurableEntry, entriesIn } from "../../../src/plan/durable-state.js";
import { check, holds } from "../../support/property.js";

interface Run {
  /** Of each partition what is said of numbers: a state, or that there is none. */
  readonly partitions: ReadonlyArray<ReadonlyMap<number, string | number | undefined>>;
  readonly resets: readonly number[];
  /** How many slots parts have. */
  readonly partSlots: number;
}

const PARTITIONS = 3;

const run: fc.Arbitrary<Run> = fc.record({
  partitions: fc.array(
    fc
      .array(fc.tuple(fc.nat(60), fc.constantFrom<string | number | undefined>("text", 1, 2, undefined)), {
        maxLength: 40,
      })
      .map((slots) => new Map(slots)),
    { minLength: PARTITIONS, maxLength: PARTITIONS },
  ),
  resets: fc.subarray([0, 1, 2]),
  partSlots: fc.integer({ min: 1, max: 12 }),
});

function entryOf(sequence: number, value: unknown): DurableEntry {
  return { sequence, key: `key ${sequence}`, value, timeMs: 2 * sequence, touch: 3 * sequence };
}

/** Slots of these numbers, in any order. */
function slotsWith(said: ReadonlyArray<readonly [number, unknown]>): Slots {
  const put = said.filter(([, value]) => value !== undefined).map(([sequence, value]) => entryOf(sequence, value));
  const gone = said.filter(([, value]) => value === undefined).map(([sequence]) => sequence);
  return slotsOf(columnsOf(put), Float64Array.from(gone));
}

async function* partsOf({ partitions, partSlots }: Run): AsyncGenerator<Part> {
  for (const [partition, slots] of partitions.entries()) {
    const all = [...slots].sort(([a], [b]) => a - b);
    for (let at = 0; at < all.length; at += partSlots) {
      yield { partition, slots: slotsWith(all.slice(at, at + partSlots)) };
    }
  }
}

it("gives of each number what the newest run says, in order, whatever parts they come in", async () => {
  await holds(fc.array(run, { minLength: 1, maxLength: 5 }), async (runs) => {
    const model = Array.from({ length: PARTITIONS }, () => new Map<number, unknown>());
    for (const { partitions, resets } of runs) {
      for (const reset of resets) model[reset]!.clear();
      for (const [p, slots] of partitions.entries())
        for (const [sequence, value] of slots) model[p]!.set(sequence, value);
    }
    const layers = runs.map((each): Layer => ({ resets: new Set(each.resets), parts: partsOf(each) }));
    const merged: DurableEntry[][] = model.map(() => []);
    const seen: number[][] = model.map(() => []);
    for await (const { partition, slots } of mergeLayers(layers)) {
      seen[partition]!.push(...slots.sequences);
      merged[partition]!.push(...entriesIn([withoutGone(slots)]));
    }
    for (const [p, expected] of model.entries()) {
      const wanted = [...expected].sort(([a], [b]) => a - b);
      expect(seen[p]).toEqual(wanted.map(([sequence]) => sequence));
      const entries = wanted.filter(([, value]) => value !== undefined);
      expect(merged[p]).toEqual(entries.map(([sequence, value]) => entryOf(sequence, value)));
    }
  });
});

it("two lists of slots come to what the newer one says, else the older one", () => {
  check(
    fc.property(run, run, ({ partitions: [a] }, { partitions: [b] }) => {
      const slots = merged(slotsWith([...a!]), slotsWith([...b!]));
      const wanted = [...new Map([...a!, ...b!])].sort(([x], [y]) => x - y);
      expect([...slots.sequences]).toEqual(wanted.map(([sequence]) => sequence));
      const entries = wanted.filter(([, value]) => value !== undefined);
      expect([...entriesIn([withoutGone(slots)])]).toEqual(
        entries.map(([sequence, value]) => entryOf(sequence, value)),
      );
    }),
  );
});
