import { main as asc } from "assemblyscript/asc";
import { powersOfFive } from "../../src/kernel/powers-of-five.js";

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
const encoder = new TextEncoder();

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
  /** Writes text at one of two places, bytes that must not matter behind it. */
  text(text: string, place?: 0 | 1): { ptr: number; bytes: number };
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
  const third = Math.floor((bytes.length - TEXT) / 4);
  const powersPtr = bytes.length - 16_384;
  bytes.set(powersOfFive(), powersPtr);
  return {
    functions: exports as Values["functions"],
    bytes,
    words: new DataView(memory.buffer),
    powersPtr,
    outPtr: powersPtr - 64,
    roomPtr: TEXT + 2 * third,
    text(text, place = 0) {
      const ptr = TEXT + place * third + 3;
      const content = toWtf8(text);
      bytes.set(content, ptr);
      bytes.fill(0x31, ptr + content.length, ptr + content.length + 16);
      return { ptr, bytes: content.length };
    },
  };
}

/** WTF-8: UTF-8, and three bytes for a surrogate that is alone. */
export function toWtf8(text: string): Uint8Array {
  if (text.isWellFormed()) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= 0xd800 && code <= 0xdfff)
      bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/** The string of WTF-8 bytes. */
export function fromWtf8(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i]!;
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    let code = length === 1 ? first : first & (0x7f >> length);
    for (let k = 1; k < length; k++) code = (code << 6) | (bytes[i + k]! & 63);
    text += String.fromCodePoint(code);
    i += length;
  }
  return text;
}
