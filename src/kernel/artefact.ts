import { ConfigError, messageOf } from "../errors.js";
import { PAGES_MAX } from "./pages.js";
import { withSharedMemory } from "./shared-memory.js";

/** The kernel compiled, in the flavour that an engine can run. */
export interface CompiledKernel {
  readonly module: WebAssembly.Module;
  /** Whether its memory is one that threads can share. */
  readonly shared: boolean;
}

/** The least module with vectors: a function that returns sums of pairs of lanes, which were among the last instructions to be settled. */
const VECTOR_MODULE = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
  ...[1, 5, 1, 0x60, 0, 1, 0x7b], // types: () => v128
  ...[3, 2, 1, 0], // functions: one of that type
  ...[10, 10, 1, 8, 0, 0x41, 0, 0xfd, 0x11, 0xfd, 0x7f, 0x0b], // code: i32.const 0, i32x4.splat, i32x4.extadd_pairwise_i16x8_u
);

/** Whether the engine that runs WebAssembly here has SIMD. */
export function hasSimd(): boolean {
  return WebAssembly.validate(VECTOR_MODULE);
}

/** What a kernel can be made of: a compiled module, or the bytes of one. */
export type KernelModule = WebAssembly.Module | ArrayBuffer | Uint8Array<ArrayBuffer>;

/** What kind of kernel is wanted. */
export interface KernelWants {
  readonly shared: boolean;
  readonly simd: boolean;
  /** As of a `Host`. */
  readonly fromBase64?: ((text: string) => Uint8Array<ArrayBuffer>) | undefined;
  /** What takes the place of the one that comes with the package's modules. */
  readonly given?: KernelModule | PromiseLike<KernelModule> | undefined;
}

/**
 * Compiles the kernel, on another thread where the engine does that: with SIMD and on shared memory if asked for, else the scalar one, which knows neither
 * and gives the same results byte by byte. Each is a module of its own, loaded when it is asked for. What is compiled already is for a memory of one thread.
 * **Errors**: `ConfigError` `kernel-unavailable` when it cannot be loaded, or the host does not compile it.
 */
export async function compileKernel(wants: KernelWants): Promise<CompiledKernel> {
  try {
    const source = wants.given === undefined ? await loadBytes(wants) : await wants.given;
    if (source instanceof WebAssembly.Module) return { module: source, shared: false };
    const bytes = new Uint8Array(source);
    const shared = wants.simd && wants.shared;
    return { module: await WebAssembly.compile(shared ? withSharedMemory(bytes, PAGES_MAX) : bytes), shared };
  } catch (cause) {
    throw unavailable(wants, cause);
  }
}

async function loadBytes({ simd, fromBase64 = bytesOf }: KernelWants): Promise<Uint8Array<ArrayBuffer>> {
  const { base64 } = await (simd ? import("#kernel/unshared") : import("#kernel/scalar"));
  return fromBase64(base64);
}

function unavailable({ given, simd }: KernelWants, cause: unknown): ConfigError {
  const remedy =
    cause instanceof WebAssembly.CompileError
      ? "a host that compiles no bytes needs the option kernelModule, the compiled module of millrace/kernel.wasm"
      : given === undefined
        ? "bundle all modules of this package, or copy its dist/ whole"
        : "kernelModule takes a module, its bytes, or a promise of one of these";
  return new ConfigError(
    `The kernel for hosts with${simd ? "" : "out"} SIMD must be loadable, and was not (${messageOf(cause)}): ${remedy}.`,
    { code: "kernel-unavailable", details: { simd }, cause },
  );
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
