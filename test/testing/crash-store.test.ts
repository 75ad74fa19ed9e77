import {
  type CrashCall,
  type CrashState,
  CrashStore,
  type CrashTrace,
  crashStates,
  STORAGE_FAULTS,
  type StoreFlaw,
  seededRandom,
} from "millrace/testing";
import { describe, expect, it } from "vitest";

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: Uint8Array | undefined) => (value ? Array.from(value).join() : "-");
const SEED = Number(process.env.MILLRACE_SEED ?? 1);

/** Calls at random, some of them side by side, each with bytes of its own. */
async function runCalls(store: CrashStore, random: () => number, count: number): Promise<void> {
  const below = (limit: number) => Math.floor(random() * limit);
  const waiting: Promise<unknown>[] = [];
  for (let n = 1; n <= count; n += 1) {
    const value = new Uint8Array(1 + below(random() < 0.2 ? 1500 : 40)).fill(n);
    const roll = random();
    const call =
      roll < 0.3
        ? store.write(`value/${below(3)}`, value)
        : roll < 0.5
          ? store.write(`new/${below(6)}`, value, { ifAbsent: true })
          : roll < 0.85
            ? store.append(`log/${below(2)}`, value)
            : store.delete(`${["value", "new"][below(2)]}/${below(3)}`);
    const settled = call.catch(() => {});
    if (random() < 0.5) await settled;
    else waiting.push(settled);
  }
  await Promise.all(waiting);
}

/** What is wrong with what a key holds, after a crash of a trace when `step` steps were made; undefined where nothing is. */
function fault(
  calls: readonly CrashCall[],
  key: string,
  found: Uint8Array | undefined,
  step: number,
): string | undefined {
  const begun = calls.filter((call) => call.key === key && call.begunAt <= step);
  const isSure = (call: CrashCall) => call.endedAt !== undefined && call.endedAt <= step && call.failure === undefined;
  if (key.startsWith("log/")) {
    const sure = begun.filter((call) => isSure(call)).flatMap(({ bytes }) => [...bytes!]);
    const most = begun.reduce((sum, { bytes }) => sum + bytes!.length, 0);
    let at = 0;
    // What a process that ended has left of its last call may lie in between.
    for (const byte of found ?? []) if (byte === sure[at]) at += 1;
    if (at < sure.length) return `lost bytes that were durable: ${text(found)}`;
    return (found?.length ?? 0) > most ? "holds bytes of nobody" : undefined;
  }
  // A key may be as the last answered write left it, or any call after that one; a deletion may be undone, a call that failed may have had its effect.
  const changing = begun.filter((call) => (call.failure as { code?: string } | undefined)?.code !== "exists");
  const last = changing.findLastIndex((call) => isSure(call) && call.method === "write");
  const allowed = new Set(changing.slice(Math.max(0, last)).map(({ bytes }) => text(bytes)));
  if (last < 0) allowed.add("-");
  return allowed.has(text(found)) ? undefined : `holds ${text(found)}, not one of ${[...allowed].join(" or ")}`;
}

async function faultsOf(state: CrashState, trace: CrashTrace): Promise<string[]> {
  const store = state.toMemoryStore();
  const faults: string[] = [];
  for (const key of new Set(trace.calls.map((call) => call.key))) {
    const found = fault(trace.calls, key, await store.read(key), state.step);
    if (found !== undefined) faults.push(`${key} ${found}; ${state.name}: ${state.description}; seed ${SEED}`);
  }
  return faults;
}

async function firstFaults(flaw: StoreFlaw | undefined, seed: number): Promise<{ states: number; faults: string[] }> {
  const store = new CrashStore({ ...(flaw && { flaw }) });
  await runCalls(store, seededRandom(seed), 25);
  const { trace } = store;
  let states = 0;
  for (const state of crashStates(trace, { seed })) {
    states += 1;
    const faults = await faultsOf(state, trace);
    if (faults.length > 0) return { states, faults };
  }
  return { states, faults: [] };
}

describe("the store in a folder", () => {
  it.each([1, 2, 3, 4, 5, 6].map((n) => SEED + n))("keeps its promises in every crash state, seed %d", async (seed) => {
    const { states, faults } = await firstFaults(undefined, seed);
    expect(faults).toEqual([]);
    expect(states).toBeGreaterThan(1000);
  });

  it.each<StoreFlaw>(["no-data-sync", "no-folder-sync", "name-before-data"])(
    "breaks them with the flaw %s",
    async (flaw) => {
      const { faults } = await firstFaults(flaw, SEED);
      expect(faults.length).toBeGreaterThan(0);
    },
  );

  it.each(STORAGE_FAULTS)("keeps them where a system call fails, whichever it is: %s", async (planned) => {
    let calls = 0;
    for (let failing = 1; failing <= calls || calls === 0; failing += 3) {
      const store = new CrashStore({
        fault: (call) => {
          calls = Math.max(calls, call);
          return call === failing ? planned : undefined;
        },
      });
      await runCalls(store, seededRandom(SEED), 10);
      const { trace } = store;
      // What is there in the end, and what the power leaves of it.
      const last = [...crashStates(trace, { seed: SEED, tearsMax: 4 })].filter(
        ({ step }) => step === trace.steps.length,
      );
      for (const state of last) expect(await faultsOf(state, trace)).toEqual([]);
    }
    expect(calls).toBeGreaterThan(50);
  });
});

describe("crashStates", () => {
  it("has the states of a write: without it, with it, and none between", async () => {
    const store = new CrashStore();
    await store.write("a", bytes(1));
    const before = store.stepCount;
    await store.write("a", bytes(2, 3));
    const states = [...crashStates(store.trace, { seed: 1 })].filter(({ step }) => step >= before);
    const found = await Promise.all(states.map(async (state) => text(await state.toMemoryStore().read("a"))));
    expect([...new Set(found)].sort()).toEqual(["1", "2,3"]);
    expect(found.at(-1)).toBe("2,3");
  });

  it("tears the write of a log at its head and at the ends of blocks, and fills it with zeros", async () => {
    const store = new CrashStore();
    await store.append("log", new Uint8Array(100).fill(1));
    await store.append("log", new Uint8Array(2000).fill(2));
    const written = store.trace.steps.findLastIndex(({ what }) => what.startsWith("write"));
    const states = [...crashStates(store.trace, { seed: 1 })].filter(({ step }) => step === written + 1);
    const lengths = new Map<string, number>();
    for (const state of states) {
      const found = (await state.toMemoryStore().read("log"))!;
      expect([...found.subarray(0, 100)]).toEqual(new Array(100).fill(1));
      lengths.set(state.name.split("/")[1]!, found.length);
      if (state.name.endsWith("/zeros")) expect(new Set(found.subarray(100))).toEqual(new Set([0]));
    }
    expect(lengths.get("durable")).toBe(100);
    expect(lengths.get("all")).toBe(2100);
    for (let head = 0; head < 64; head += 1) expect(lengths.get(`torn-${head}`)).toBe(100 + head);
    const ends = [...lengths.values()].filter((length) => length % 512 === 0);
    expect(ends.sort((a, b) => a - b)).toEqual([512, 1024, 1536, 2048]);
  });

  it("gives the same states again, and the one that is asked for", async () => {
    const store = new CrashStore();
    await runCalls(store, seededRandom(3), 20);
    const told = () =>
      [...crashStates(store.trace, { seed: 5 })].map(({ name, description }) => `${name}: ${description}`);
    const states = told();
    expect(told()).toEqual(states);
    expect(new Set(states.map((state) => state.split(":")[0])).size).toBe(states.length);
    const wanted = states[Math.floor(states.length / 2)]!;
    const only = [...crashStates(store.trace, { seed: 5, only: wanted.slice(0, wanted.indexOf(":")) })];
    expect(only.map(({ name, description }) => `${name}: ${description}`)).toEqual([wanted]);
  });

  it("draws subsets where many changes are not durable", async () => {
    const store = new CrashStore({ flaw: "no-folder-sync" });
    for (let n = 0; n < 12; n += 1) await store.write(`k${n}`, bytes(n));
    const last = [...crashStates(store.trace, { seed: 1 })].filter(({ step }) => step === store.stepCount);
    expect(last.filter(({ name }) => name.includes("drawn"))).toHaveLength(64);
  });

  it("starts stores that crash again, each from the same bytes", async () => {
    const store = new CrashStore();
    await store.append("log", bytes(1, 2, 3));
    for (const state of crashStates(store.trace, { seed: 1 })) {
      const memory = state.toMemoryStore();
      const folder = state.toCrashStore();
      expect(await folder.list("")).toEqual(await memory.list(""));
      expect(text(await folder.read("log"))).toBe(text(await memory.read("log")));
      await folder.write("log", bytes(9));
      for (const nested of crashStates(folder.trace, { seed: 2 }))
        expect(["9", text(await memory.read("log"))]).toContain(text(await nested.toMemoryStore().read("log")));
      expect(text(await state.toMemoryStore().read("log"))).toBe(text(await memory.read("log")));
    }
  });
});

describe("CrashStore", () => {
  it("has after a crash what one of the crash states has", async () => {
    for (let seed = SEED; seed < SEED + 60; seed += 1) {
      const random = seededRandom(seed);
      let store = new CrashStore();
      for (let round = 0; round < 4; round += 1) {
        const running = runCalls(store, random, 8);
        for (let turns = Math.floor(random() * 400); turns > 0; turns -= 1) await Promise.resolve();
        const { trace, stepCount } = store;
        const start = trace.start;
        const kind = random() < 0.5 ? "power" : "kill";
        const calls = [...trace.calls].map((call) => ({ ...call }));
        store = store.crash({ kind, random });
        void running;
        if (start.files.size > 0) continue;
        for (const key of new Set(calls.map((call) => call.key))) {
          const found = await store.read(key);
          expect(fault(calls, key, found, stepCount), `${kind}, ${key}, seed ${seed}`).toBeUndefined();
        }
      }
    }
  });

  it("answers no call of a process that has ended", async () => {
    const store = new CrashStore();
    await store.write("a", bytes(1));
    const write = store.write("a", bytes(2));
    const next = store.crash({ kind: "kill", random: () => 0 });
    let isAnswered = false;
    const answered = () => {
      isAnswered = true;
    };
    void write.then(answered, answered);
    void store.read("a").then(answered, answered);
    expect(text(await next.read("a"))).toBe("1");
    await next.write("a", bytes(3));
    expect(isAnswered).toBe(false);
    expect(await next.list("")).toEqual(["a"]);
  });

  it("lets one of two processes win, and one that was suspended lose", async () => {
    const first = new CrashStore();
    const second = new CrashStore(first);
    const resume = first.suspend();
    const late = first.write("manifest-1", bytes(1), { ifAbsent: true });
    await second.write("manifest-1", bytes(2), { ifAbsent: true });
    resume();
    await expect(late).rejects.toMatchObject({ code: "exists" });
    expect(text(await first.read("manifest-1"))).toBe("2");
  });

  it("loses with the power what a killed process wrote, unless somebody has read it", async () => {
    const lost = () => 0.3;
    const kill = async () => {
      const store = new CrashStore();
      await store.append("log", bytes(1));
      const steps = store.stepCount;
      void store.append("log", bytes(2));
      while (store.stepCount === steps) await Promise.resolve();
      return store.crash({ kind: "kill", random: lost });
    };
    const unread = (await kill()).crash({ kind: "power", random: lost });
    expect(text(await unread.read("log"))).toBe("1");
    const reader = await kill();
    expect(text(await reader.read("log"))).toBe("1,2");
    expect(text(await reader.crash({ kind: "power", random: lost }).read("log"))).toBe("1,2");
  });

  it("removes what a crash left half-made", async () => {
    const store = new CrashStore();
    await store.write("a", bytes(1));
    const steps = store.stepCount;
    void store.write("b", bytes(2));
    while (store.stepCount === steps) await Promise.resolve();
    const next = store.crash({ kind: "kill", random: () => 0 });
    await next.write("c", bytes(3));
    const states = [...crashStates(next.trace, { seed: 1 })];
    const names = states.at(-1)!.description;
    expect(names).not.toContain("b~");
    expect(await states.at(-1)!.toMemoryStore().list("")).toEqual(["a", "c"]);
  });
});
