import * as acorn from "acorn";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

// Each test gets modules of its own, as whether lowering is there is kept by the module.
beforeEach(() => {
  vi.resetModules();
});

afterEach(() => {
  vi.doUnmock("acorn");
  vi.doUnmock("../../../src/lowering/lowering.js");
});

const door = () => import("../../../src/lowering/door.js");
const fn = (a: string) => [a, 1];

describe("the door of lowering", () => {
  it("opens lazily, once", async () => {
    const { ensureLowering, lowering, loweringLoaded, needLowering } = await door();
    expect(loweringLoaded()).toBe(false);
    expect(lowering()).toBeUndefined();
    expect(needLowering).toThrow("not loaded");
    const loading = ensureLowering();
    expect(ensureLowering()).toBe(loading);
    await loading;
    expect(loweringLoaded()).toBe(true);
    expect(lowering()!.lower(fn).ok).toBe(true);
    expect(needLowering()).toBe(lowering());
    await ensureLowering();
  });

  it("takes what a host has loaded at once", async () => {
    const { useLowering, lowering, loweringLoaded } = await door();
    useLowering({ lowering: await import("../../../src/lowering/lowering.js"), parser: acorn });
    expect(loweringLoaded()).toBe(true);
    expect(lowering()!.lower(fn).ok).toBe(true);
  });

  it.each([
    { what: "the parser", module: "acorn", code: "parser-unavailable" },
    { what: "lowering", module: "../../../src/lowering/lowering.js", code: "lowering-unavailable" },
  ])("says so when $what cannot be loaded, and tries again", async ({ module, code }) => {
    vi.doMock(module, () => {
      throw new Error("not there");
    });
    const { ensureLowering, loweringLoaded } = await door();
    await expect(ensureLowering()).rejects.toMatchObject({ name: "ConfigError", code });
    expect(loweringLoaded()).toBe(false);
    vi.doUnmock(module);
    await ensureLowering();
    expect(loweringLoaded()).toBe(true);
  });
});
