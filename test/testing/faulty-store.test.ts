import { type CheckpointStore, MemoryStore } from "millrace";
import { type FaultyCall, FaultyStore, STORAGE_FAULTS, type StorageFault, seededRandom } from "millrace/testing";
import { describe, expect, it } from "vitest";

const bytes = (...values: number[]) => Uint8Array.from(values);
const CODES: Record<StorageFault, string> = {
  eio: "storage-failed",
  enospc: "storage-full",
  edquot: "storage-full",
  emfile: "fd-limit",
  "short-write": "storage-failed",
  "fsync-once": "storage-failed",
  "fsync-sticky": "storage-failed",
};
const failsLate = (fault: StorageFault) => fault.startsWith("fsync");

describe.each(STORAGE_FAULTS)("FaultyStore, %s", (fault) => {
  const error = { name: "CheckpointError", code: CODES[fault], details: { fault } };

  it("befalls the planned write and no other, unless it lasts", async () => {
    const inner = new MemoryStore();
    const store = new FaultyStore(inner, { plan: [{ call: 2, fault }] });
    await store.write("a", bytes(1));
    await expect(store.write("a", bytes(2, 3))).rejects.toMatchObject(error);
    expect(await inner.read("a")).toEqual(failsLate(fault) ? bytes(2, 3) : bytes(1));
    const third = store.write("a", bytes(4));
    if (fault === "fsync-sticky") await expect(third).rejects.toMatchObject(error);
    else await third;
    expect(await inner.read("a")).toEqual(bytes(4));
    expect(store.callCount).toBe(3);
  });

  it("befalls everything from a call on", async () => {
    const store = new FaultyStore(new MemoryStore(), { plan: [{ call: 2, fault, lasting: true }] });
    await store.write("a", bytes(1));
    const calls = [
      () => store.write("b", bytes(1), { ifAbsent: true }),
      () => store.append!("log", bytes(1)),
      () => store.read("a"),
      () => store.readRange!("a", 0, 1),
      () => store.list(""),
      () => store.delete("a"),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(error);
  });

  it("of a log leaves what a store may leave", async () => {
    const inner = new MemoryStore();
    const store = new FaultyStore(inner, { plan: [{ call: 2, fault }] });
    await store.append!("log", bytes(1));
    await expect(store.append!("log", bytes(2, 3, 4, 5))).rejects.toMatchObject(error);
    const left = failsLate(fault) ? [1, 2, 3, 4, 5] : fault === "short-write" ? [1, 2, 3] : [1];
    expect(await inner.read("log")).toEqual(bytes(...left));
    if (fault === "fsync-sticky")
      return expect(store.append!("log", bytes(6))).rejects.toMatchObject({ code: "append-refused" });
    if (left.length === 1) {
      await store.append!("log", bytes(6));
      expect(await store.read("log")).toEqual(bytes(1, 6));
      return;
    }
    await expect(store.append!("log", bytes(6))).rejects.toMatchObject({ code: "append-refused" });
    expect(await store.read("log")).toEqual(bytes(...left));
    await store.delete("log");
    await store.append!("log", bytes(7));
    expect(await store.read("log")).toEqual(bytes(7));
  });
});

describe("FaultyStore", () => {
  it("tells what was called, and how it ended", async () => {
    const store = new FaultyStore(new MemoryStore(), { plan: [{ call: 2, fault: "enospc" }] });
    await store.write("a", bytes(1, 2));
    await store.append!("log", bytes(3)).catch(() => {});
    const list = store.list("l");
    expect(store.calls.map(({ outcome }) => outcome)).toEqual(["resolved", "rejected", "pending"]);
    await list;
    expect(store.calls).toEqual([
      { call: 1, method: "write", key: "a", byteCount: 2, fault: undefined, outcome: "resolved" },
      { call: 2, method: "append", key: "log", byteCount: 1, fault: "enospc", outcome: "rejected" },
      { call: 3, method: "list", key: "l", byteCount: 0, fault: undefined, outcome: "resolved" },
    ] satisfies FaultyCall[]);
  });

  it("keeps a bounded number of calls, the newest", async () => {
    const store = new FaultyStore(new MemoryStore(), { callsMax: 10 });
    for (let n = 0; n < 105; n += 1) await store.read("a");
    expect(store.calls.length).toBeGreaterThanOrEqual(10);
    expect(store.calls.length).toBeLessThan(20);
    expect(store.calls.at(-1)!.call).toBe(105);
    expect(store.callCount).toBe(105);
  });

  it("waits for what the test makes it wait for, and keeps the order of calls for a key", async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const store = new FaultyStore(new MemoryStore(), { before: ({ call }) => (call === 1 ? gate : undefined) });
    const first = store.write("a", bytes(1));
    const second = store.write("a", bytes(2));
    await store.write("b", bytes(3));
    expect(await store.list("")).toEqual(["b"]);
    go();
    await Promise.all([first, second]);
    expect(await store.read("a")).toEqual(bytes(2));
  });

  it("draws the same faults from the same seed, at about the rate", async () => {
    const run = async (seed: number) => {
      const store = new FaultyStore(new MemoryStore(), {
        random: seededRandom(seed),
        rate: 0.1,
        faults: ["eio", "enospc", "fsync-once"],
      });
      for (let n = 0; n < 1000; n += 1) await store.write(`k/${n}`, bytes(1)).catch(() => {});
      return store.calls.map(({ fault }) => fault ?? "-").join(" ");
    };
    const faults = await run(7);
    expect(await run(7)).toBe(faults);
    expect(await run(8)).not.toBe(faults);
    const drawn = faults.split(" ").filter((fault) => fault !== "-");
    expect(drawn.length).toBeGreaterThan(60);
    expect(drawn.length).toBeLessThan(150);
    expect([...new Set(drawn)].sort()).toEqual(["eio", "enospc", "fsync-once"]);
  });

  it("has logs where the inner store has them", () => {
    const { read, write, delete: remove, list } = new MemoryStore();
    const inner: CheckpointStore = { read, write, delete: remove, list };
    const store = new FaultyStore(inner);
    expect([store.append, store.readRange]).toEqual([undefined, undefined]);
  });
});
