import type { Host, Timer } from "../host.js";

/** The longest delay that hosts keep; beyond it they fire at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** What every host with the web's globals has. */
export function webHost(): Host {
  return {
    name: globalThis.navigator?.userAgent ?? "unknown host",
    cores: globalThis.navigator?.hardwareConcurrency ?? 1,
    write: (text) => console.log(text.replace(/\n$/, "")),
    warn: (line) => console.warn(line),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    monotonicNow: () => performance.now(),
    setTimer,
    breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  };
}

function setTimer(delayMs: number, fire: () => void): Timer {
  let id: ReturnType<typeof setTimeout>;
  const arm = (leftMs: number): void => {
    const portionMs = Math.min(leftMs, DELAY_MS_MAX);
    id = setTimeout(() => (leftMs > portionMs ? arm(leftMs - portionMs) : fire()), portionMs);
  };
  arm(delayMs);
  return { cancel: () => clearTimeout(id) };
}
