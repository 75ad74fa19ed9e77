import { MemoryStore } from "millrace";
import { DurableObjectStore } from "millrace/stores";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Counts, RequestCounter } from "../../examples/edge/request-counter.js";
import { ModelObjectStorage } from "../support/web-storage.js";

const WINDOW_REQUESTS = 100;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The counts after each of these requests. */
function countsOf(paths: readonly string[]): Array<Record<string, number>> {
  return paths.map((_, index) => {
    const counts: Record<string, number> = {};
    for (const path of paths.slice(Math.max(0, index + 1 - WINDOW_REQUESTS), index + 1))
      counts[path] = (counts[path] ?? 0) + 1;
    return counts;
  });
}

describe("the counter of requests in a Durable Object", () => {
  it("goes on after evictions, as if there had been none", async () => {
    const storage = new ModelObjectStorage();
    const paths = Array.from({ length: 150 }, (_, n) => `/${"abc"[n % 3]}${n % 7}`);
    const wanted = countsOf(paths);
    let object = new RequestCounter({ storage });
    for (const [index, path] of paths.entries()) {
      // The object is gone, whatever it was doing; its storage is not.
      if (index % 20 === 19) object = new RequestCounter({ storage });
      const answer = await object.fetch(new Request(`https://counter.example/count${path}`, { method: "POST" }));
      expect(await answer.json(), `request ${index}`).toEqual(wanted[index]);
    }
  });

  it("answers requests that come at once one after the other", async () => {
    const counts = new Counts(new MemoryStore());
    const answers = await Promise.all(["/a", "/b", "/a"].map((path) => counts.count(path)));
    expect(answers).toEqual([{ "/a": 1 }, { "/a": 1, "/b": 1 }, { "/a": 2, "/b": 1 }]);
  });

  it("says what its storage says, and goes on from there when it can", async () => {
    const storage = new ModelObjectStorage();
    const counts = new Counts(new DurableObjectStore(storage));
    await counts.count("/a");
    let isBroken = true;
    storage.before = () => {
      if (isBroken) throw new Error("Internal error in Durable Object storage");
    };
    await expect(counts.count("/b")).rejects.toMatchObject({ code: "storage-failed" });
    isBroken = false;
    const after = await counts.count("/c");
    expect(after["/a"]).toBe(1);
    expect(after["/c"]).toBe(1);
  });

  it("needs no timers", async () => {
    const counts = new Counts(new MemoryStore());
    await counts.count("/a");
    const used: string[] = [];
    for (const name of ["setTimeout", "setInterval"] as const)
      vi.spyOn(globalThis, name).mockImplementation((() => used.push(name)) as never);
    for (let n = 0; n < 20; n++) await counts.count("/a");
    expect(await counts.count("/b")).toEqual({ "/a": 21, "/b": 1 });
    expect(used).toEqual([]);
  });
});
