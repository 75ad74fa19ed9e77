import { main as asc } from "assemblyscript/asc";
import { powersOfFive } from "../../src/kernel/powers-of-five.js";
import { encodeWtf8 } from "../../src/kernel/wtf8.js";

/** The flavours that the artefacts are built in, and one without SIMD. */
const FLAVOURS = {
  unshared: ["--enable", "simd", "-O3", "--noAssert"],
  shared: ["--enable", "simd,threads", "--sharedMemory", "--maximumMemory", "64", "-O3", "--noAssert"],
  debug: ["--enable", "simd,threads", "--sharedMemory", "--maximumMemory", "64", "--debug"],
  scalar: ["--disable", "simd", "-O3", "--noAssert"],
} as const;
export type Flavour = keyof typeof FLAVOURS;
export const VALUE_FLAVOURS = Object.keys(FLAVOURS) as Flavour[];

const PAGES = 64;
const TEXT = 65_536;

/** `assembly/values` as a module of its own, with memory for texts. */
export interface Values {
  readonly functions: Record<string, (...args: number[]) => number>;
  readonly bytes: Uint8Array;
  readonly words: DataView;
  readonly powersPtr: number;
  /** 64 bytes for results. */
  readonly outPtr: number;
  /** Room for what functions write. */
  readonly roomPtr: number;
  /** Writes text at one of three places, bytes that must not matter behind it. */
  text(text: string, place?: 0 | 1 | 2): { ptr: number; bytes: number };
}

/** Compiles and loads a flavour. */
export async function loadValues(flavour: Flavour): Promise<Values> {
  let binary: Uint8Array | undefined;
  const options = ["--runtime", "stub", "--importMemory", "--noExportMemory", "--use", "abort=assembly/fail/fail"];
  const { error, stderr } = await asc(
    ["assembly/values/index.ts", "assembly/fail.ts", ...options, ...FLAVOURS[flavour], "--outFile", "values.wasm"],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== "string") binary = contents;
      },
    },
  );
  if (error || !binary) throw new Error(stderr.toString());
  const isShared = flavour === "shared" || flavour === "debug";
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: isShared });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(binary)), { env: { memory } });
  const bytes = new Uint8Array(memory.buffer);
  const quarter = Math.floor((bytes.length - TEXT) / 4);
  const powersPtr = bytes.length - 16_384;
  bytes.set(powersOfFive(), powersPtr);
  // A digit, or the first byte of four.
  let behind = 0x31;
  return {
    functions: exports as Values["functions"],
    bytes,
    words: new DataView(memory.buffer),
    powersPtr,
    outPtr: powersPtr - 64,
    roomPtr: TEXT + 3 * quarter,
    text(text, place = 0) {
      const ptr = TEXT + place * quarter + 3;
      const content = encodeWtf8(text);
      bytes.set(content, ptr);
      bytes.fill(behind, ptr + content.length, ptr + content.length + 16);
      behind = behind === 0x31 ? 0xf0 : 0x31;
      return { ptr, bytes: content.length };
    },
  };
}
