/** The part of workerd's sockets that is used. */
declare module "cloudflare:sockets" {
  export function connect(address: { readonly hostname: string; readonly port: number }): {
    readonly opened: Promise<unknown>;
    readonly readable: ReadableStream<Uint8Array>;
    close(): Promise<void>;
  };
}

/** The kernel as a file of the package, which workerd compiles before it is imported. */
declare module "#kernel/unshared.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
