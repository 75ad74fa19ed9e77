import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyMap } from "../../../src/block/key.js";
import { BOOLEAN, columnKinds, leavesOf, NUMBER, type RowType, STRING } from "../../../src/block/row-type.js";
import { EntryNumbers } from "../../../src/kernel/entry-numbers.js";
import type { FinishedBlock } from "../../../src/kernel/frame.js";
import { frameChanges } from "../../../src/kernel/frame-changes.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { putFrame } from "../../support/frames.js";
import { typed } from "../../support/hostile-rows.js";
import { ARTEFACTS, newKernel } from "../../support/kernel.js";
import { takeRows } from "../../support/orders.js";
import { check, random } from "../../support/property.js";
import { differenceOfRows } from "../../support/same-rows.js";
import { differenceOf } from "../../support/same-value.js";

type Pair = readonly [key: unknown, state: unknown];
type Fate = "stays" | "goes" | "changes";

interface Scenario {
  readonly type: RowType;
  /** Pairs of the version before, what becomes of them, and the states that those have that change. */
  readonly known: ReadonlyArray<readonly [pair: Pair, fate: Fate, state: unknown]>;
  readonly added: readonly Pair[];
  /** Where rows are cut into frames. */
  readonly cuts: readonly number[];
}

const scenario: fc.Arbitrary<Scenario> = fc.tuple(typed(1), typed(1)).chain(([key, state]) => {
  const pair = fc.tuple(key.value, state.value);
  return fc.record({
    type: fc.constant<RowType>({ kind: "tuple", items: [key.type, state.type] }),
    known: fc.array(fc.tuple(pair, fc.constantFrom<Fate>("stays", "stays", "goes", "changes"), state.value), {
      maxLength: 30,
    }),
    added: fc.array(pair, { maxLength: 8 }),
    cuts: fc.array(fc.nat(40), { maxLength: 3 }),
  });
});

/** The versions of a scenario, each key once, with what has changed from one to the other. */
function versionsOf({ known, added }: Scenario) {
  const seen = new KeyMap<true>();
  const isFirst = ([key]: Pair) => {
    if (seen.has(key)) return false;
    seen.set(key, true);
    return true;
  };
  const before = known.filter(([pair]) => isFirst(pair));
  const left = before.filter(([, fate]) => fate !== "goes");
  const news = added.filter(isFirst);
  const made = [...left.map(([[key, state], fate, next]): Pair => [key, fate === "changes" ? next : state]), ...news];
  const places = made.flatMap((_, place) => {
    const [pair, fate, next] = left[place] ?? [];
    const isSame = pair && (fate === "stays" || differenceOf(pair[1], next) === undefined);
    return isSame ? [] : [place];
  });
  const gone = before.flatMap(([, fate], place) => (fate === "goes" ? [place] : []));
  return { before: before.map(([pair]) => pair), made, places, gone };
}

function framesOf(kernel: Kernel, type: RowType, rows: readonly Pair[], cuts: readonly number[]): FinishedBlock[] {
  const ends = [...cuts.map((cut) => cut % (rows.length + 1)), rows.length].sort((a, b) => a - b);
  return ends.map((end, i) => {
    const some = rows.slice(ends[i - 1] ?? 0, end);
    return { ...putFrame(kernel, type, some), rows: some.length };
  });
}

describe.each(ARTEFACTS)("frameChanges (%s)", (artefact) => {
  const kernel = newKernel(artefact);

  it("says which keys are gone, and gives the pairs that are new or others", () => {
    check(
      fc.property(scenario, (given) => {
        const { type, cuts } = given;
        const { before, made, places, gone } = versionsOf(given);
        const bytesBefore = kernel.memory.bytesTaken;
        const old = framesOf(kernel, type, before, cuts);
        const next = framesOf(kernel, type, made, [...cuts].reverse().slice(1));
        const [key] = (type as Extract<RowType, { kind: "tuple" }>).items;
        const addresses = old.map(({ ptr }) => ptr);
        const compared = { keys: leavesOf(key!).length, kinds: columnKinds(type) };
        const changes = frameChanges(kernel, addresses, next, compared);
        expect([...changes.gone]).toEqual(gone);
        expect([...changes.places]).toEqual(places);
        const rows = takeRows(kernel, type, changes.frames);
        const wanted = places.map((place) => made[place]!);
        expect(differenceOfRows(rows, wanted)).toBeUndefined();
        for (const { ptr } of [...old, ...next]) kernel.memory.free(ptr);
        expect(kernel.memory.bytesTaken).toBe(bytesBefore);
      }),
      { numRuns: artefact === "debug" ? 60 : 200 },
    );
  });
});

it.each(ARTEFACTS)("rows by the thousand, of which some have changed and some are gone (%s)", (artefact) => {
  const kernel = newKernel(artefact);
  const draw = random(3);
  const type: RowType = { kind: "tuple", items: [STRING, { kind: "tuple", items: [NUMBER, BOOLEAN, STRING] }] };
  const stateAt = (i: number) => [i % 7, i % 3 === 0, `text ${i % 5}`];
  const before = Array.from({ length: 3000 }, (_, i): Pair => [`${"key ".repeat(i % 4)}${i}`, stateAt(i)]);
  for (const [goneIn, changedIn] of [
    [0, 0],
    [0, 300],
    [400, 0],
    [150, 100],
    [1, 1],
  ]) {
    const known = before.map(([key, state]): Scenario["known"][number] => {
      const fate = goneIn! > 0 && draw() * goneIn! < 1 ? "goes" : changedIn! > 0 && draw() * changedIn! < 1;
      return [[key, state], fate === true ? "changes" : fate === "goes" ? fate : "stays", [9, false, "other"]];
    });
    const given: Scenario = { type, known, added: [["new", stateAt(1)]], cuts: [700, 701, 2000] };
    const { made, places, gone } = versionsOf(given);
    const old = framesOf(kernel, type, before, given.cuts);
    const next = framesOf(kernel, type, made, [1300]);
    const compared = { keys: 1, kinds: columnKinds(type) };
    const changes = frameChanges(
      kernel,
      old.map(({ ptr }) => ptr),
      next,
      compared,
    );
    expect([...changes.gone]).toEqual(gone);
    expect([...changes.places]).toEqual(places);
    expect(takeRows(kernel, type, changes.frames)).toEqual(places.map((place) => made[place]!));
    for (const { ptr } of [...old, ...next]) kernel.memory.free(ptr);
  }
});

it("entries keep their numbers, whatever goes, and new ones get others", () => {
  check(
    fc.property(fc.array(fc.tuple(fc.array(fc.nat(20), { maxLength: 6 }), fc.nat(5)), { maxLength: 8 }), (versions) => {
      let numbers = new EntryNumbers();
      let model: number[] = [];
      let next = 0;
      for (const [goes, adds] of versions) {
        const gone = model.flatMap((_, place) => (goes.includes(place) ? [place] : []));
        numbers = numbers.without(Uint32Array.from(gone), model.length);
        model = model.filter((_, place) => !goes.includes(place));
        for (let i = 0; i < adds; i++) model.push(next++);
        expect(model.map((_, place) => numbers.of(place))).toEqual(model);
      }
    }),
  );
});
