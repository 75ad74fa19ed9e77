import { base64 as scalar } from "#kernel/scalar";
import { base64 as unshared } from "#kernel/unshared";
import { base64 as debug } from "../../build/kernel/debug.js";
import { Threads } from "../../src/engine/threads.js";
import type { Host } from "../../src/host.js";
import { Kernel, type KernelOptions } from "../../src/kernel/kernel.js";
import { PAGES_MAX } from "../../src/kernel/pages.js";
import { withSharedMemory } from "../../src/kernel/shared-memory.js";

export const MIB = 2 ** 20;

const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

function compiled(base64: string): WebAssembly.Module {
  return new WebAssembly.Module(bytesOf(base64));
}

export const MODULES = {
  unshared: { module: compiled(unshared), shared: false },
  shared: { module: new WebAssembly.Module(withSharedMemory(bytesOf(unshared), PAGES_MAX)), shared: true },
  scalar: { module: compiled(scalar), shared: false },
  debug: { module: compiled(debug), shared: true },
} as const;
export type Artefact = keyof typeof MODULES;
export const ARTEFACTS = Object.keys(MODULES) as Artefact[];

/** Three odd multipliers, always the same ones: a failure must come back. */
export const PROBE_SEED = Uint8Array.from({ length: 24 }, (_, i) => ((i * 0x9d + 0x35) & 0xff) | 1);

export function kernelOptions(artefact: Artefact = "unshared", bytesMax = 512 * MIB): KernelOptions {
  return { ...MODULES[artefact], bytesMax, probeSeed: PROBE_SEED };
}

export function newKernel(artefact?: Artefact, bytesMax?: number): Kernel {
  return new Kernel({ ...kernelOptions(artefact, bytesMax), counters: { bytesIn: 0, bytesOut: 0 } });
}

/** A host without I/O, workers and time. */
export function fakeHost(): Host & { readonly warnings: string[] } {
  const warnings: string[] = [];
  return {
    name: "test",
    cores: 1,
    warnings,
    write: () => {},
    warn: (line) => void warnings.push(line),
    randomBytes: (count) => new Uint8Array(count).fill(1),
    monotonicNow: () => 0,
    setTimer: () => ({ cancel: () => {} }),
    breathe: () => Promise.resolve(),
  };
}

export function newThreads(artefact?: Artefact, bytesMax?: number): Threads {
  return new Threads(fakeHost(), kernelOptions(artefact, bytesMax));
}

const encoder = new TextEncoder();

/** Bytes, or text as UTF-8, in a new region. */
export function put(kernel: Kernel, content: string | Uint8Array): { ptr: number; bytes: number } {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  const ptr = kernel.memory.allocate(bytes.length);
  kernel.memory.copyIn(ptr, bytes);
  return { ptr, bytes: bytes.length };
}

/** The error that `run` throws. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
