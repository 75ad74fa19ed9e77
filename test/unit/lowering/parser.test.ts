import * as acorn from "acorn";
import { beforeEach, describe, expect, it, vi } from "vitest";

// Each test gets modules of its own, as whether the parser is there is kept by the module.
beforeEach(() => {
  vi.resetModules();
});

const load = async () => ({
  ...(await import("../../../src/lowering/parser.js")),
  ...(await import("../../../src/lowering/lower.js")),
});

describe("parser", () => {
  it("is loaded lazily, once", async () => {
    const { ensureParser, parserLoaded, parseFunction } = await load();
    expect(parserLoaded()).toBe(false);
    expect(parseFunction("(a) => a")).toEqual({ ok: false, reason: "the parser is not loaded" });
    const loading = ensureParser();
    expect(ensureParser()).toBe(loading);
    await loading;
    expect(parserLoaded()).toBe(true);
    expect(parseFunction("(a) => a").ok).toBe(true);
    await ensureParser();
  });

  it("may be handed in", async () => {
    const { useParser, parserLoaded, lower } = await load();
    const fn = (a: string) => [a, 1];
    // The refusal for want of a parser must not be remembered.
    expect(lower(fn)).toEqual({ ok: false, reason: "the parser is not loaded" });
    useParser(acorn);
    expect(parserLoaded()).toBe(true);
    expect(lower(fn).ok).toBe(true);
  });

  it("names the remedy when it cannot be loaded, and tries again", async () => {
    vi.doMock("acorn", () => {
      throw new Error("no acorn here");
    });
    try {
      const { ensureParser, parserLoaded } = await load();
      await expect(ensureParser()).rejects.toMatchObject({ name: "ConfigError", code: "parser-unavailable" });
      expect(parserLoaded()).toBe(false);
      vi.doUnmock("acorn");
      await ensureParser();
      expect(parserLoaded()).toBe(true);
    } finally {
      vi.doUnmock("acorn");
    }
  });
});
