/** The yardstick: bare-word-count.ts, compiled to build/bench/bare-word-count.wasm. */
import { readFileSync } from "node:fs";
import { fileOf } from "./files.js";

const PAGES = 2048;
const ENTRY_BYTES = 32;
const INLINE_KEY_BYTES = 16;

interface Exports {
  reset(): void;
  countWords(bytes: number): number;
  distinct(): number;
  readonly IN_BASE: WebAssembly.Global;
  readonly ENTRIES: WebAssembly.Global;
}

/** A word count that knows nothing of blocks, limits and growing. */
export class BareKernel {
  readonly #exports: Exports;
  readonly #bytes: Uint8Array;

  constructor() {
    const module = new WebAssembly.Module(readFileSync(fileOf("build/bench/bare-word-count.wasm")));
    const memory = new WebAssembly.Memory({ initial: PAGES });
    this.#exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
    this.#bytes = new Uint8Array(memory.buffer);
  }

  /** Copies the text into the kernel's memory and counts its words. Returns the number of different ones. */
  count(text: Uint8Array): number {
    this.#exports.reset();
    this.#bytes.set(text, this.#exports.IN_BASE.value);
    if (this.#exports.countWords(text.length) < 0) throw new Error("The text for the bare kernel is not clean.");
    return this.#exports.distinct();
  }

  /** What the last call of `count` found. */
  *entries(): Generator<[string, number]> {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const view = new DataView(this.#bytes.buffer);
    const end = this.#exports.ENTRIES.value + this.#exports.distinct() * ENTRY_BYTES;
    for (let entry: number = this.#exports.ENTRIES.value; entry < end; entry += ENTRY_BYTES) {
      const length = view.getUint32(entry + 16, true);
      const key = length <= INLINE_KEY_BYTES ? entry : view.getUint32(entry + 20, true);
      yield [decoder.decode(this.#bytes.subarray(key, key + length)), view.getFloat64(entry + 24, true)];
    }
  }
}
