import type { Host } from "../host.js";
import { nodeHost } from "./node.js";
import { webHost } from "./web.js";

let host: Host | undefined;

/** The host that this code runs in, told by what it can do: Node's modules (Node, Deno, Bun), or the web's globals alone. */
export function detectHost(): Host {
  host ??= typeof globalThis.process?.getBuiltinModule === "function" ? nodeHost() : webHost();
  return host;
}

/** For workers, which build the same streams again: all that there is to say the host's thread says. */
export function quietHost(): void {
  host = { ...detectHost(), write: () => {}, warn: () => {} };
}
