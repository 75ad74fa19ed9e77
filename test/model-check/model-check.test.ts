import { describe, expect, it } from "vitest";
import type { Rules } from "./process.js";
import { type Bounds, search } from "./search.js";

/** Bugs of the protocol, each with bounds in which it shows and what it breaks. The first four were in this library until this search found them. */
const PLANTED: ReadonlyArray<readonly [name: string, bug: Partial<Rules>, bounds: Bounds, breaks: RegExp]> = [
  [
    "the entry before is there, as the first one always is",
    { fence: "entry-before" },
    { writers: 2, batches: 2, crashes: 0 },
    /goes on after entry 2/,
  ],
  ["segments of later epochs are deleted", { segments: "all" }, { writers: 2, batches: 2, crashes: 0 }, /whole/],
  [
    "a second generation is made on an entry that may be the last one",
    { making: "at-once", runsMax: 1 },
    { writers: 2, batches: 4, crashes: 0 },
    /cannot go on/,
  ],
  [
    "segments of a generation that an earlier process wrote late are deleted",
    { segments: "up-to-own-epoch" },
    { writers: 2, batches: 3, crashes: 1 },
    /whole/,
  ],
  ["nothing is checked after a write", { fence: "none" }, { writers: 2, batches: 2, crashes: 0 }, /goes on after/],
  [
    "commits do not compare",
    { commit: "overwrite" },
    { writers: 2, batches: 2, crashes: 0 },
    /not what the history has/,
  ],
  ["outputs run before the plan", { outputs: "before-plan" }, { writers: 1, batches: 1, crashes: 0 }, /is not planned/],
  [
    "a generation comes before its segments",
    { generation: "before-segments" },
    { writers: 1, batches: 2, crashes: 0 },
    /whole/,
  ],
  [
    "what is older is deleted before the generation is there",
    { deletion: "before-generation" },
    { writers: 1, batches: 2, crashes: 0 },
    /whole/,
  ],
  ["one generation is kept", { deleted: "before-newest" }, { writers: 1, batches: 2, crashes: 0 }, /whole without/],
  [
    "generations are listed before the log",
    { listed: "generations-first", runsMax: 1 },
    { writers: 2, batches: 4, crashes: 0 },
    /cannot go on/,
  ],
];

describe("every order of calls and every crash", () => {
  it("leaves one history, which can be read back", () => {
    const { states, violation } = search({ writers: 2, batches: 2, crashes: 1 });
    expect(violation).toBeUndefined();
    expect(states).toBeGreaterThan(50_000);
  });

  it("is looked at for one process, with crashes wherever it can end", () => {
    const { states, violation } = search({ writers: 1, batches: 4, crashes: 2 });
    expect(violation).toBeUndefined();
    expect(states).toBeGreaterThan(500);
  });
});

describe("the search finds planted bugs", () => {
  for (const [name, bug, bounds, breaks] of PLANTED) {
    it(name, () => {
      const { violation } = search(bounds, bug);
      expect(violation?.what).toMatch(breaks);
    });
  }
});
