import { describe, expect, test } from "vitest";
import { Origin } from "../../../src/plan/origin.js";

/** An origin whose stack is given. */
function originAt(stack: unknown): Origin {
  const capture = Error.captureStackTrace;
  Error.captureStackTrace = (target: object) => {
    (target as { stack: unknown }).stack = stack;
  };
  try {
    return new Origin("map", () => {});
  } finally {
    Error.captureStackTrace = capture;
  }
}

describe("where a method was called", () => {
  test("is the line below it", () => {
    const map = () => new Origin("map", map);
    const { site, suffix } = map();
    expect(site).toMatch(/origin\.test\.ts:\d+:\d+$/);
    expect(suffix).toBe(` (map at ${site})`);
  });

  test.each([
    ["at main (/app/program.js:12:8)", "/app/program.js:12:8"],
    ["at /app/program.js:12:8", "/app/program.js:12:8"],
    ["at async file:///app/a%20b.mjs:1:2", "file:///app/a%20b.mjs:1:2"],
    ["at new Job (/my files (old)/program.js:3:4)", "/my files (old)/program.js:3:4"],
    ["at /my files/program.js:3:4", "/my files/program.js:3:4"],
    ["at Object.run [as go] (https://example.com/main.js:5:6)", "https://example.com/main.js:5:6"],
    ["at Promise.all (index 0)", undefined],
    ["at native", undefined],
  ])("%s", (frame, site) => {
    expect(originAt(`Error: text\n    ${frame}\n    at other (/x.js:1:1)`).site).toBe(site);
  });

  test.each([undefined, "", "Error", [{ callSite: true }]])("is not told by a stack of %j", (stack) => {
    expect(originAt(stack).suffix).toBe("");
  });
});
