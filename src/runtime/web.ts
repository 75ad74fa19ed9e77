import type { Host } from "../host.js";

/** What every host with the web's globals has. */
export function webHost(): Host {
  return {
    name: globalThis.navigator?.userAgent ?? "unknown host",
    cores: globalThis.navigator?.hardwareConcurrency ?? 1,
    write: (text) => console.log(text.replace(/\n$/, "")),
    warn: (line) => console.warn(line),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    monotonicNow: () => performance.now(),
    setTimer: (delayMs, fire) => {
      const id = setTimeout(fire, delayMs);
      return { cancel: () => clearTimeout(id) };
    },
    breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  };
}
