import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { compileKernel } from "../../../src/kernel/artefact.js";

afterEach(() => {
  vi.doUnmock("#kernel/scalar");
  vi.doUnmock("#kernel/unshared");
  vi.resetModules();
  vi.restoreAllMocks();
});

describe("compileKernel", () => {
  it.each([
    { shared: false, simd: true, gets: "unshared" },
    { shared: true, simd: true, gets: "shared" },
    { shared: false, simd: false, gets: "scalar" },
    { shared: true, simd: false, gets: "scalar" },
  ] as const)("gives $gets where shared: $shared, simd: $simd", async ({ gets, ...wants }) => {
    const compile = vi.spyOn(WebAssembly, "compile");
    const { module, shared } = await compileKernel(wants);
    const built = readFileSync(`build/kernel/${gets}.wasm`);
    expect(built.equals(compile.mock.lastCall![0] as unknown as Uint8Array)).toBe(true);
    expect(module).toBeInstanceOf(WebAssembly.Module);
    expect(shared).toBe(gets === "shared");
  });

  it.each([
    { missing: "scalar", other: "unshared" },
    { missing: "unshared", other: "scalar" },
  ])("says what is missing where the $missing kernel cannot be loaded, and needs it only there", async (each) => {
    vi.doMock(`#kernel/${each.missing}`, () => {
      throw new Error("not there");
    });
    vi.resetModules();
    const fresh = await import("../../../src/kernel/artefact.js");
    const wants = (artefact: string) => ({ shared: false, simd: artefact === "unshared" });
    await expect(fresh.compileKernel(wants(each.other))).resolves.toMatchObject({ shared: false });
    await expect(fresh.compileKernel(wants(each.missing))).rejects.toMatchObject({
      name: "ConfigError",
      code: "kernel-unavailable",
    });
  });
});
