import { readFileSync } from "node:fs";
import binaryen from "assemblyscript/binaryen";
import { describe, expect, it } from "vitest";
import { PAGES_MAX } from "../../../src/kernel/pages.js";
import { withSharedMemory } from "../../../src/kernel/shared-memory.js";

const binary = (name: string) => new Uint8Array(readFileSync(`build/kernel/${name}.wasm`));

/** A module in the text format as bytes. */
function moduleOf(text: string): Uint8Array {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

const imported = (limits: string, others = "") =>
  moduleOf(
    `(module (import "env" "memory" (memory ${limits})) ${others} (func (export "f") (result i32) (i32.const 7)))`,
  );

describe("withSharedMemory", () => {
  it("makes of the unshared kernel what the compiler makes as the shared one, byte by byte", () => {
    expect(Buffer.from(withSharedMemory(binary("unshared"), PAGES_MAX)).equals(binary("shared"))).toBe(true);
  });

  it.each([
    { what: "no maximum", pagesMin: 0, module: imported("0") },
    { what: "a maximum", pagesMin: 1, module: imported("1 200") },
    { what: "limits of several bytes", pagesMin: 300, module: imported("300 40000") },
    {
      what: "more imports",
      pagesMin: 0,
      module: imported("0", `(import "env" "g" (func (param i32))) (import "env" "x" (global i32))`),
    },
  ])("keeps the rest of a module whose memory has $what", ({ module, pagesMin }) => {
    const shared = new WebAssembly.Module(withSharedMemory(module, 50_000));
    const plain = new WebAssembly.Module(new Uint8Array(module));
    expect(WebAssembly.Module.imports(shared)).toEqual(WebAssembly.Module.imports(plain));
    const memory = new WebAssembly.Memory({ initial: pagesMin, maximum: 50_000, shared: true });
    const x = new WebAssembly.Global({ value: "i32" }, 1);
    const { exports } = new WebAssembly.Instance(shared, { env: { memory, g: () => {}, x } });
    expect((exports.f as () => number)()).toBe(7);
  });

  it.each([
    { what: "imports nothing", module: moduleOf(`(module (func (export "f")))`) },
    {
      what: "imports a function and no memory",
      module: moduleOf(`(module (import "env" "g" (func)) (export "g" (func 0)))`),
    },
  ])("refuses a module that $what", ({ module }) => {
    expect(() => withSharedMemory(module, 1)).toThrow(RangeError);
  });
});
