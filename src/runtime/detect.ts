import type { Host } from "../host.js";
import { nodeHost } from "./node.js";
import { webHost } from "./web.js";

let provided: (() => Host) | undefined;
let host: Host | undefined;

/** Says what the host has that no global shows, as entries of the package do that only one host can import; before anything asks. */
export function provideHost(make: () => Host): void {
  provided = make;
}

/** The host that this code runs in: what an entry says, else told by what it can do: Node's modules (Node, Deno, Bun), or the web's globals alone. */
export function detectHost(): Host {
  host ??= (provided ?? (typeof globalThis.process?.getBuiltinModule === "function" ? nodeHost : webHost))();
  return host;
}

/** For workers, which build the same streams again: all that there is to say the host's thread says. */
export function quietHost(): void {
  host = { ...detectHost(), write: () => {}, warn: () => {} };
}
