import { readFileSync } from "node:fs";
import binaryen from "assemblyscript/binaryen";
import { describe, expect, it, vi } from "vitest";
import { abi } from "#kernel";
import { KernelError } from "../../src/errors.js";
import { hasSimd } from "../../src/kernel/artefact.js";
import { Kernel } from "../../src/kernel/kernel.js";
import { ARTEFACTS, type Artefact, kernelOptions, MODULES, thrownBy } from "../support/kernel.js";

/** The names of WebAssembly's sections, by id. */
const SECTIONS = [
  "custom",
  "type",
  "import",
  "function",
  "table",
  "memory",
  "global",
  "export",
  "start",
  "element",
  "code",
  "data",
  "dataCount",
  "tag",
] as const;
type SectionName = (typeof SECTIONS)[number];

interface Section {
  readonly name: SectionName;
  /** Where its content begins in the binary. */
  readonly begin: number;
  readonly end: number;
}

class Cursor {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.#bytes[this.at++]!;
  }

  /** LEB128, unsigned. */
  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  name(): string {
    const length = this.u32();
    this.at += length;
    return Buffer.from(this.#bytes.subarray(this.at - length, this.at)).toString();
  }
}

function sectionsOf(binary: Uint8Array): Section[] {
  const cursor = new Cursor(binary, 8);
  const sections: Section[] = [];
  while (cursor.at < binary.length) {
    const name = SECTIONS[cursor.byte()]!;
    const size = cursor.u32();
    sections.push({ name, begin: cursor.at, end: cursor.at + size });
    cursor.at += size;
  }
  return sections;
}

interface GlobalEntry {
  readonly isMutable: boolean;
  /** Where its initial value, after `i32.const`, begins in the binary. */
  readonly valueAt: number;
}

/** The globals of a module that has only numbers of 32 bits for globals. */
function globalsOf(binary: Uint8Array): GlobalEntry[] {
  const section = sectionsOf(binary).find(({ name }) => name === "global")!;
  const cursor = new Cursor(binary, section.begin);
  return Array.from({ length: cursor.u32() }, () => {
    expect(cursor.byte(), "type i32").toBe(0x7f);
    const isMutable = cursor.byte() === 1;
    expect(cursor.byte(), "i32.const").toBe(0x41);
    const valueAt = cursor.at;
    cursor.u32();
    expect(cursor.byte(), "end").toBe(0x0b);
    return { isMutable, valueAt };
  });
}

const binaryOf = (artefact: string) => new Uint8Array(readFileSync(`build/kernel/${artefact}.wasm`));
const exportsOf = (artefact: Artefact) => WebAssembly.Module.exports(MODULES[artefact].module);

describe.each(["unshared", "shared", "scalar"] as const)("the %s artefact", (artefact) => {
  const binary = binaryOf(artefact);

  it("is what the package carries", () => {
    const names = (module: WebAssembly.Module) => WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(names(MODULES[artefact].module)).toEqual(names(new WebAssembly.Module(binary)));
  });

  it("imports the memory and nothing else", () => {
    expect(WebAssembly.Module.imports(MODULES[artefact].module)).toEqual([
      { module: "env", name: "memory", kind: "memory" },
    ]);
  });

  it("has no data, no start function, no table of functions and no text beside the code", () => {
    const names = sectionsOf(binary).map(({ name }) => name);
    expect(names).not.toContain("data");
    expect(names).not.toContain("dataCount");
    expect(names).not.toContain("start");
    expect(names).not.toContain("element");
    expect(names).not.toContain("memory");
    expect(names).toContain("code");
  });

  it("has no state: every global is constant", () => {
    const globals = globalsOf(binary);
    expect(globals.length).toBeGreaterThan(0);
    expect(globals.filter(({ isMutable }) => isMutable)).toEqual([]);
  });

  it("is smaller than 96 KB", () => {
    expect(binary.length).toBeLessThan(96 * 1024);
  });
});

describe("SIMD", () => {
  const textOf = (artefact: Artefact) => {
    const module = binaryen.readBinary(binaryOf(artefact));
    const text = module.emitText();
    module.dispose();
    return text;
  };

  it("is in all artefacts but the scalar one", () => {
    const users = ARTEFACTS.filter((artefact) =>
      /\b(v128|i8x16|i16x8|i32x4|i64x2|f32x4|f64x2)\b/.test(textOf(artefact)),
    );
    expect(users).toEqual(ARTEFACTS.filter((artefact) => artefact !== "scalar"));
  });

  it("is asked for by a module that needs it", () => {
    const validate = vi.spyOn(WebAssembly, "validate");
    expect(hasSimd()).toBe(true);
    const module = binaryen.readBinary(validate.mock.lastCall![0] as Uint8Array);
    validate.mockReturnValue(false);
    expect(hasSimd()).toBe(false);
    validate.mockRestore();
    module.setFeatures(binaryen.Features.SIMD128);
    expect(module.validate()).toBe(1);
    expect(module.emitText()).toContain("i32x4.extadd_pairwise_i16x8_u");
    module.dispose();
  });
});

describe("the exports", () => {
  const names = (artefact: Artefact, kind: string) =>
    exportsOf(artefact)
      .filter((entry) => entry.kind === kind)
      .map(({ name }) => name)
      .sort();

  it("are the same in all artefacts", () => {
    const listed = (artefact: Artefact) => exportsOf(artefact).map(({ kind, name }) => `${kind} ${name}`);
    expect(listed("shared")).toEqual(listed("unshared"));
    expect(listed("scalar").sort()).toEqual(listed("unshared").sort());
    for (const kind of ["function", "global"]) expect(names("debug", kind)).toEqual(names("unshared", kind));
  });

  it("are functions, all of them typed by the host, and constants", () => {
    const source = readFileSync("src/kernel/kernel.ts", "utf8");
    const [, body] = /interface KernelFunctions \{\n([^}]*)\}/.exec(source)!;
    const typed = [...body!.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name!);
    expect(names("unshared", "function")).toEqual(typed.sort());
    expect(new Set(exportsOf("unshared").map(({ kind }) => kind))).toEqual(new Set(["function", "global"]));
  });

  it("take as many arguments as the host types", () => {
    const source = readFileSync("src/kernel/kernel.ts", "utf8");
    const [, body] = /interface KernelFunctions \{\n([^}]*)\}/.exec(source)!;
    const { exports } = new WebAssembly.Instance(MODULES.unshared.module, {
      env: { memory: new WebAssembly.Memory({ initial: 2 }) },
    });
    for (const [, name, parameters] of body!.matchAll(/^ {2}(\w+)\((.*)\): number;$/gm)) {
      const typed = parameters === "" ? 0 : parameters!.split(",").length;
      expect((exports[name!] as unknown as { length: number }).length, name).toBe(typed);
    }
  });

  it("have the constants of assembly/abi.ts and ops/codes.ts, with its values, and so has what the host reads", () => {
    const source = ["abi", "ops/codes"].map((file) => readFileSync(`assembly/${file}.ts`, "utf8")).join("");
    const written = Object.fromEntries(
      [...source.matchAll(/^export const (\w+): [iu]32 = (-?\w+);/gm)].map(([, name, value]) => [name, Number(value)]),
    );
    expect(names("unshared", "global")).toEqual(Object.keys(written).sort());
    // The host's constants are an enum, which has its numbers as names too.
    expect(Object.fromEntries(Object.entries(abi).filter(([name]) => Number.isNaN(Number(name))))).toEqual(written);
    for (const artefact of ARTEFACTS) {
      const { module, shared } = MODULES[artefact];
      const memory = new WebAssembly.Memory({ initial: 2, maximum: 65_535, shared });
      const { exports } = new WebAssembly.Instance(module, { env: { memory } });
      for (const [name, value] of Object.entries(written)) {
        expect((exports[name] as WebAssembly.Global).value, `${artefact} ${name}`).toBe(value);
      }
    }
  });
});

describe("a module of another ABI version", () => {
  it("is refused, with both versions", () => {
    const binary = binaryOf("unshared").slice();
    const section = sectionsOf(binary).find(({ name }) => name === "export")!;
    const cursor = new Cursor(binary, section.begin);
    let index = -1;
    for (let left = cursor.u32(); left > 0; left--) {
      const name = cursor.name();
      cursor.byte();
      const entry = cursor.u32();
      if (name === "ABI_VERSION") index = entry;
    }
    const { valueAt } = globalsOf(binary)[index]!;
    expect(binary[valueAt]).toBe(abi.ABI_VERSION);
    binary[valueAt] = abi.ABI_VERSION + 1;
    const error = thrownBy(() => new Kernel({ ...kernelOptions(), module: new WebAssembly.Module(binary) }));
    expect(error).toBeInstanceOf(KernelError);
    expect(error).toMatchObject({
      code: "abi-version",
      details: { expected: abi.ABI_VERSION, got: abi.ABI_VERSION + 1 },
    });
  });

  it("is refused where it has none", () => {
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    expect(thrownBy(() => new Kernel({ ...kernelOptions(), module: empty }))).toMatchObject({ code: "abi-version" });
  });
});
