import type { CheckpointStore } from "millrace";
import { describe, expect, it } from "vitest";

const WRITERS = 20;
const LARGE_BYTES = 16 * 1024 * 1024;

const bytes = (...values: number[]) => Uint8Array.from(values);
const list = (read: Uint8Array | undefined) => read && [...read];

/** Equal, without a list of all that differs. */
function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && b.every((value, index) => a[index] === value);
}

/** A pattern in which no two parts are alike. */
function pattern(length: number): Uint8Array {
  const filled = new Uint8Array(length);
  for (let index = 0, state = 1; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    filled[index] = state >>> 24;
  }
  return filled;
}

export interface StoreContract {
  /** A store that holds nothing. */
  readonly make: () => CheckpointStore | Promise<CheckpointStore>;
  /** One more store, in another process as it were, over what `store` holds; `store` itself where there can be no other. */
  readonly another: (store: CheckpointStore) => CheckpointStore | Promise<CheckpointStore>;
  /** Whether the store has `append` and `readRange`: both, or neither. */
  readonly hasLogs: boolean;
  /** How many keys it is filled with; fewer where a write takes long. */
  readonly keyCount?: number;
}

type LogStore = Required<CheckpointStore>;

/** What every store must do, with no need of a host but the runner. */
export function describeCheckpointStore(name: string, contract: StoreContract): void {
  describe(name, () => {
    describeValues(contract);
    describeOrder(contract);
    describeNewKeys(contract);
    describeKeys(contract);
    it(`has ${contract.hasLogs ? "the" : "no"} members for logs`, async () => {
      const store = await contract.make();
      expect([typeof store.append, typeof store.readRange]).toEqual(
        contract.hasLogs ? ["function", "function"] : ["undefined", "undefined"],
      );
    });
    if (contract.hasLogs) {
      const make = async () => (await contract.make()) as LogStore;
      const another = async (store: LogStore) => (await contract.another(store)) as LogStore;
      describeLogs(make, another);
      describeRanges(make);
    }
  });
}

function describeValues({ make, another }: StoreContract): void {
  it("is empty at first", async () => {
    const store = await make();
    expect(await store.list("")).toEqual([]);
    expect(await store.list("a/b")).toEqual([]);
    expect(await store.read("a")).toBeUndefined();
    expect(await store.read("a/b")).toBeUndefined();
    await store.delete("a");
    await store.delete("a/b");
  });

  it("gives back what was written last", async () => {
    const store = await make();
    await store.write("a", bytes(1, 2, 3));
    expect(list(await store.read("a"))).toEqual([1, 2, 3]);
    await store.write("a", bytes(4, 5));
    expect(list(await store.read("a"))).toEqual([4, 5]);
  });

  it("gives back bytes of nobody else", async () => {
    const store = await make();
    const given = bytes(1, 2, 3);
    const written = store.write("a", given);
    given[0] = 9;
    await written;
    const read = await store.read("a");
    expect(list(read)).toEqual([1, 2, 3]);
    read![0] = 9;
    expect(list(await store.read("a"))).toEqual([1, 2, 3]);
  });

  it("writes the bytes of a view, not those around it", async () => {
    const store = await make();
    await store.write("a", bytes(0, 1, 2, 3, 0).subarray(1, 4));
    expect(list(await store.read("a"))).toEqual([1, 2, 3]);
  });

  it("holds empty values", async () => {
    const store = await make();
    await store.write("a", bytes());
    expect(list(await store.read("a"))).toEqual([]);
    expect(await store.list("")).toEqual(["a"]);
    await store.write("a", bytes(1));
    await store.write("a", bytes());
    expect(list(await store.read("a"))).toEqual([]);
  });

  it("holds large values", async () => {
    const store = await make();
    const large = pattern(LARGE_BYTES);
    await store.write("large", large);
    expect(isSame(await store.read("large"), large)).toBe(true);
  });

  it("shows others what was written", async () => {
    const store = await make();
    await store.write("a/b", bytes(1));
    const other = await another(store);
    expect(list(await other.read("a/b"))).toEqual([1]);
    await other.write("a/b", bytes(2));
    await other.delete("a/c");
    expect(list(await store.read("a/b"))).toEqual([2]);
    await other.delete("a/b");
    expect(await store.read("a/b")).toBeUndefined();
  });

  it("shows readers the old bytes or the new ones, whole", async () => {
    const store = await make();
    const values = [new Uint8Array(100_000).fill(1), new Uint8Array(70_000).fill(2)];
    await store.write("a", values[0]!);
    let isWriting = true;
    const writes = (async () => {
      for (let n = 1; n <= 20; n += 1) await store.write("a", values[n % 2]!);
      isWriting = false;
    })();
    while (isWriting) {
      const read = (await store.read("a"))!;
      expect(isSame(read, values[read[0]! - 1]!)).toBe(true);
    }
    await writes;
  });
}

function describeOrder({ make }: StoreContract): void {
  it("takes calls for one key in their order, though nobody waits in between", async () => {
    const store = await make();
    const calls = [
      store.write("a", bytes(1)),
      store.write("a", bytes(2)),
      store.delete("a"),
      store.write("a", bytes(3), { ifAbsent: true }),
      store.write("a", bytes(4)),
      store.delete("b"),
      store.write("b", bytes(5)),
    ];
    await Promise.all(calls);
    expect(list(await store.read("a"))).toEqual([4]);
    expect(list(await store.read("b"))).toEqual([5]);
  });
}

function describeNewKeys({ make, another }: StoreContract): void {
  it("writes a new key only where it is absent, if asked to", async () => {
    const store = await make();
    await store.write("a", bytes(1), { ifAbsent: true });
    const error = { name: "CheckpointError", code: "exists", details: { key: "a" } };
    await expect(store.write("a", bytes(2), { ifAbsent: true })).rejects.toMatchObject(error);
    expect(list(await store.read("a"))).toEqual([1]);
    await store.delete("a");
    await store.write("a", bytes(3), { ifAbsent: true });
    expect(list(await store.read("a"))).toEqual([3]);
    await store.write("a", bytes(4), { ifAbsent: false });
    expect(list(await store.read("a"))).toEqual([4]);
  });

  it(`lets one of ${WRITERS} writers win`, async () => {
    const first = await make();
    const stores = [first];
    for (let n = 1; n < WRITERS; n += 1) stores.push(await another(first));
    for (const key of ["a", "b/c", "b/d"]) {
      const writes = stores.map((store, n) => store.write(key, new Uint8Array(1000).fill(n), { ifAbsent: true }));
      const outcomes = await Promise.allSettled(writes);
      const winners = outcomes.flatMap(({ status }, n) => (status === "fulfilled" ? [n] : []));
      expect(winners).toHaveLength(1);
      const reasons = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
      expect(reasons).toEqual(new Array(WRITERS - 1).fill("exists"));
      for (const store of stores)
        expect(isSame(await store.read(key), new Uint8Array(1000).fill(winners[0]!))).toBe(true);
    }
    expect(await first.list("")).toEqual(["a", "b/c", "b/d"]);
  });
}

function describeKeys({ make, keyCount = 10_000 }: StoreContract): void {
  it("lists keys by prefix, in order, without those deleted", async () => {
    const store = await make();
    for (const key of ["b", "log/2", "a", "log/10", "log-x", "log/1", "log/deep/1"]) await store.write(key, bytes(0));
    expect(await store.list("")).toEqual(["a", "b", "log-x", "log/1", "log/10", "log/2", "log/deep/1"]);
    expect(await store.list("log")).toEqual(["log-x", "log/1", "log/10", "log/2", "log/deep/1"]);
    expect(await store.list("log/")).toEqual(["log/1", "log/10", "log/2", "log/deep/1"]);
    expect(await store.list("log/d")).toEqual(["log/deep/1"]);
    expect(await store.list("log/deep/1")).toEqual(["log/deep/1"]);
    expect(await store.list("log/deep/1/")).toEqual([]);
    expect(await store.list("l og")).toEqual([]);
    expect(await store.list("../")).toEqual([]);
    await store.delete("log/1");
    expect(await store.list("log/1")).toEqual(["log/10"]);
    expect(await store.read("log/1")).toBeUndefined();
  });

  it(`holds ${keyCount} keys`, async () => {
    const store = await make();
    const keys = Array.from({ length: keyCount }, (_, n) => `many/${n % 10}/${String(n).padStart(5, "0")}`);
    // Some at a time: hosts open few files at once.
    for (let n = 0; n < keyCount; n += 100)
      await Promise.all(keys.slice(n, n + 100).map((key, at) => store.write(key, bytes((n + at) % 251))));
    expect(await store.list("many/")).toEqual([...keys].sort());
    expect(await store.list("many/7/0000")).toEqual(["many/7/00007"]);
    expect(list(await store.read(keys[777]!))).toEqual([777 % 251]);
  });

  it("takes names that objects have for names like any other", async () => {
    const store = await make();
    const keys = ["__proto__", "constructor", "hasOwnProperty/__proto__", "prototype/constructor", "toString/then"];
    for (const [index, key] of keys.entries()) {
      expect(await store.read(key)).toBeUndefined();
      await store.write(key, bytes(index), { ifAbsent: true });
    }
    expect(await store.list("")).toEqual(keys);
    for (const [index, key] of keys.entries()) expect(list(await store.read(key))).toEqual([index]);
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("0");
    for (const key of keys) await store.delete(key);
    expect(await store.list("")).toEqual([]);
  });

  it("takes names with every character that may be in one", async () => {
    const store = await make();
    const keys = ["0-_.a", "a..b/c.", "x".repeat(200), "_/-"];
    for (const key of keys) await store.write(key, bytes(1));
    expect(await store.list("")).toEqual([...keys].sort());
  });

  const odd = ["", ".", "..", "a/../b", "/a", "a/", "a//b", "a b", ".a", "a\0b", "a\\b", "c:", "é", "a~b", "%2e"];
  const long = ["x".repeat(201), `${"a/".repeat(600)}a`].map((key) => [`of ${key.length} characters`, key] as const);
  it.each([...odd.map((key) => [JSON.stringify(key), key] as const), ...long])("refuses the key %s", async (_, key) => {
    const store = await make();
    const error = { name: "CheckpointError", code: "invalid-key", details: { key } };
    await expect(store.read(key)).rejects.toMatchObject(error);
    await expect(store.write(key, bytes(1))).rejects.toMatchObject(error);
    await expect(store.delete(key)).rejects.toMatchObject(error);
    if (store.append) await expect(store.append(key, bytes(1))).rejects.toMatchObject(error);
    if (store.readRange) await expect(store.readRange(key, 0, 1)).rejects.toMatchObject(error);
    expect(await store.list("")).toEqual([]);
  });
}

function describeLogs(make: () => Promise<LogStore>, another: (store: LogStore) => Promise<LogStore>): void {
  it("adds at the end", async () => {
    const store = await make();
    await store.append("log/1", bytes(1, 2));
    await store.append("log/1", bytes());
    await store.append("log/1", bytes(3));
    expect(list(await store.read("log/1"))).toEqual([1, 2, 3]);
    expect(await store.list("log/")).toEqual(["log/1"]);
    await store.append("log/2", bytes());
    expect(list(await store.read("log/2"))).toEqual([]);
    await store.write("log/3", bytes(7));
    await store.append("log/3", bytes(8));
    expect(list(await store.read("log/3"))).toEqual([7, 8]);
  });

  it("adds in the order of the calls, though nobody waits in between", async () => {
    const store = await make();
    const given = new Uint8Array(3);
    const appends: Promise<void>[] = [];
    for (let n = 0; n < 500; n += 1) {
      given.fill(n % 251);
      appends.push(store.append(`log/${n % 2}`, given.subarray(0, 1 + (n % 3))));
    }
    await Promise.all(appends);
    for (const log of [0, 1]) {
      const wanted: number[] = [];
      for (let n = log; n < 500; n += 2) for (let count = 0; count <= n % 3; count += 1) wanted.push(n % 251);
      expect(list(await store.read(`log/${log}`))).toEqual(wanted);
    }
  });

  it("adds to what was written, deleted and written again", async () => {
    const store = await make();
    await Promise.all([
      store.append("a", bytes(1)),
      store.append("a", bytes(2)),
      store.write("a", bytes(3)),
      store.append("a", bytes(4)),
    ]);
    expect(list(await store.read("a"))).toEqual([3, 4]);
    await Promise.all([store.append("a", bytes(5)), store.delete("a"), store.append("a", bytes(6))]);
    expect(list(await store.read("a"))).toEqual([6]);
    await store.delete("a");
    expect(await store.list("")).toEqual([]);
    await store.write("a", bytes(7), { ifAbsent: true });
    await store.append("a", bytes(8));
    expect(list(await store.read("a"))).toEqual([7, 8]);
  });

  it("adds to more keys than files are kept open", async () => {
    const store = await make();
    for (const round of [1, 2, 3])
      await Promise.all(Array.from({ length: 30 }, (_, n) => store.append(`log/${n}`, bytes(round, n))));
    for (let n = 0; n < 30; n += 1) expect(list(await store.read(`log/${n}`))).toEqual([1, n, 2, n, 3, n]);
  });

  it("shows others what was added, and lets them go on", async () => {
    const store = await make();
    await store.append("log/1", bytes(1, 2));
    const other = await another(store);
    expect(list(await other.read("log/1"))).toEqual([1, 2]);
    await other.append("log/1", bytes(3));
    expect(list(await store.readRange("log/1", 1, 9))).toEqual([2, 3]);
  });
}

function describeRanges(make: () => Promise<LogStore>): void {
  it("reads ranges, and past the end what there is", async () => {
    const store = await make();
    await store.write("a", bytes(0, 1, 2, 3, 4));
    const ranges: Array<[offset: number, length: number, wanted: number[]]> = [
      [0, 5, [0, 1, 2, 3, 4]],
      [1, 2, [1, 2]],
      [3, 100, [3, 4]],
      [4, 1, [4]],
      [5, 1, []],
      [1000, 10, []],
      [2, 0, []],
      [0, Number.MAX_SAFE_INTEGER, [0, 1, 2, 3, 4]],
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, []],
    ];
    for (const [offset, length, wanted] of ranges)
      expect(list(await store.readRange("a", offset, length))).toEqual(wanted);
    expect(list(await store.readRange("b", 0, 10))).toEqual([]);
    const read = await store.readRange("a", 0, 5);
    read[0] = 9;
    expect(list(await store.read("a"))).toEqual([0, 1, 2, 3, 4]);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("refuses %d in a range", async (odd) => {
    const store = await make();
    const error = { name: "CheckpointError", code: "invalid-range" };
    await expect(store.readRange("a", odd, 1)).rejects.toMatchObject(error);
    await expect(store.readRange("a", 0, odd)).rejects.toMatchObject(error);
  });
}
