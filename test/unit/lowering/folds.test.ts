import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { KeyMap } from "../../../src/block/key.js";
import { decodeFrame } from "../../../src/block/row-decoder.js";
import { encodeTyped } from "../../../src/block/row-encoder.js";
import { columnKinds, NUMBER } from "../../../src/block/row-type.js";
import { ASSISTS } from "../../../src/kernel/assist.js";
import { GroupSink } from "../../../src/kernel/group-sink.js";
import type { KeyShape } from "../../../src/kernel/group-spec.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { isBail, ProgramRun } from "../../../src/kernel/program.js";
import { beginRows } from "../../../src/lowering/compile/begin-rows.js";
import { scalarsOf, typeOf } from "../../../src/lowering/compile/kernel-rows.js";
import { ensureLowering } from "../../../src/lowering/door.js";
import { lower } from "../../../src/lowering/lower.js";
import { groupedBy, reduced } from "../../../src/operators/kernel-aggregate.js";
import { hostileNumber, hostileText } from "../../support/hostile-rows.js";
import { ARTEFACTS, newKernel, thrownBy } from "../../support/kernel.js";
import { check } from "../../support/property.js";

beforeAll(ensureLowering);

type Reducer = (a: never, b: never) => unknown;
type Pair = readonly [key: unknown, value: unknown];

/** What a program makes of pairs given as a frame, by folding. */
function folded(kernel: Kernel, pairs: readonly Pair[], fn: Reducer): unknown[] {
  const { type, frame } = encodeTyped(pairs, kernel)!;
  const rows = beginRows({ frame: type });
  const end = groupedBy(rows, (on, value, key) => reduced(on, lower(fn as never), value, key), "folds");
  if ("ok" in end) throw new Error(end.reason);
  if (end.kind !== "group" || !end.folded) throw new Error("The reducer is taken apart, it does not fold.");
  const { program, fold } = rows.build({ op: abi.OP_FOLD_END, inputs: end.folded });
  const keys = scalarsOf(end.key!).length;
  const sink = new GroupSink(
    kernel,
    {
      key: typeOf(end.key!) as KeyShape,
      keyRegisters: fold!.registers.slice(0, keys),
      aggregates: end.aggregates.map(({ op, type: leaf }, i) => {
        const register = fold!.registers[keys + i]!;
        return { op, first: register, value: register, isNumber: leaf.tags === NUMBER.tags };
      }),
    },
    fold!.instruction,
  );
  const run = new ProgramRun(kernel, program, [sink], ASSISTS);
  try {
    run.runFrame(frame.ptr);
    return sink.finish(1, columnKinds(end.type)).flatMap(({ ptr, rows: count }) => {
      const made = [...decodeFrame(end.type, kernel.memory, ptr, count)].flat();
      kernel.memory.free(ptr);
      return made;
    });
  } finally {
    run.free();
    kernel.memory.free(frame.ptr);
  }
}

function plainly(pairs: readonly Pair[], fn: Reducer): unknown[] {
  const map = new KeyMap<unknown>();
  for (const [key, value] of pairs) {
    const entry = map.entry(key);
    if (entry) entry.value = fn(entry.value as never, value as never);
    else map.add(key, value);
  }
  return map.entries.map(({ key, value }) => [key, value]);
}

interface Value {
  readonly n: number;
  readonly text: string;
  readonly is: boolean;
}

const REDUCERS: Readonly<Record<string, Reducer>> = {
  "one or the other": (a: Value, b: Value) => (a.n >= b.n ? a : b),
  "numbers that read each other": (a: Value, b: Value) => ({ n: a.n - b.n / 3, text: b.text, is: a.n < b.n }),
  "texts longer and shorter": (a: Value, b: Value) => ({
    n: a.text.length * 2 + b.n,
    text: a.text.length > 9 ? a.text.slice(b.text.length) : b.text + a.text,
    is: a.is !== b.is,
  }),
  "values of other types": (a: Value, b: Value) => ({ n: b.n, text: a.is ? b.n : a.text, is: b.is ? null : a.text }),
};

const value = fc
  .tuple(hostileNumber, hostileText, fc.boolean())
  .map(([n, text, is]): Value => ({ n, text: text.slice(0, 40), is }));
const key = fc.oneof(fc.integer({ min: 0, max: 3 }), hostileNumber, hostileText);

describe.each(ARTEFACTS)("folds by key, %s", (artefact) => {
  it.each(Object.entries(REDUCERS))("gives what JavaScript gives: %s", (_name, fn) => {
    const kernel = newKernel(artefact);
    const bytesTaken = kernel.memory.bytesTaken;
    check(
      fc.property(fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 80 }), (pairs) => {
        expect(folded(kernel, pairs, fn)).toStrictEqual(plainly(pairs, fn));
      }),
      { numRuns: 60 },
    );
    kernel.memory.reclaim();
    // The table of powers of five stays with the kernel.
    expect(kernel.memory.bytesTaken).toBeLessThan(bytesTaken + 65_536);
  });

  it.each([1, 2, 40, 3000])("takes rows of %i keys over many vectors", (keys) => {
    const kernel = newKernel(artefact);
    const pairs = Array.from({ length: 5000 }, (_, i): Pair => {
      const at = Math.imul(i, 0x9e3779b1) >>> 0;
      return [[at % keys, "é".repeat(at % 3)], { n: at / 7, text: `${at % 90}`, is: at % 5 < 2 }];
    });
    for (const fn of Object.values(REDUCERS)) expect(folded(kernel, pairs, fn)).toStrictEqual(plainly(pairs, fn));
  });

  it("leaves texts that only grow to JavaScript, which need not copy them", () => {
    const pairs = Array.from({ length: 3000 }, (_, i): Pair => ["k", `piece ${i} `]);
    const grow: Reducer = (a: string, b: string) => b + a;
    expect(isBail(thrownBy(() => folded(newKernel(artefact), pairs, grow)))).toBe(true);
    expect(folded(newKernel(artefact), pairs.slice(0, 300), grow)).toStrictEqual(plainly(pairs.slice(0, 300), grow));
  });
});
