import { afterEach, describe, expect, it, vi } from "vitest";
import { compileKernel } from "../../../src/kernel/artefact.js";

afterEach(() => {
  vi.doUnmock("#kernel/scalar");
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
    const { [gets]: base64 } = (await import(gets === "scalar" ? "#kernel/scalar" : "#kernel")) as Record<
      string,
      string
    >;
    const compile = vi.spyOn(WebAssembly, "compile");
    const { module, shared } = await compileKernel(wants);
    expect(Buffer.from(compile.mock.lastCall![0] as unknown as Uint8Array).toString("base64")).toBe(base64);
    expect(module).toBeInstanceOf(WebAssembly.Module);
    expect(shared).toBe(gets === "shared");
  });

  it("says what is missing where the scalar kernel cannot be loaded, and loads it only where it is needed", async () => {
    vi.doMock("#kernel/scalar", () => {
      throw new Error("not there");
    });
    vi.resetModules();
    const fresh = await import("../../../src/kernel/artefact.js");
    await expect(fresh.compileKernel({ shared: true, simd: true })).resolves.toMatchObject({ shared: true });
    await expect(fresh.compileKernel({ shared: false, simd: false })).rejects.toMatchObject({
      name: "ConfigError",
      code: "kernel-unavailable",
    });
  });
});
