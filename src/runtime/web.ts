import type { Host, Timer, WorkerEvents, WorkerHandle } from "../host.js";

/** The longest delay that hosts keep; beyond it they fire at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** What every host with the web's globals has, and workers where it has those. */
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
    ...(typeof globalThis.Worker === "function" && { startWorker }),
    // A page that is not isolated has no name for such memory, or must not hand it on.
    sharesMemory: typeof SharedArrayBuffer === "function" && globalThis.crossOriginIsolated !== false,
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

function startWorker(events: WorkerEvents): WorkerHandle {
  // Bundlers know workers by these very words, and bundle what they name.
  const worker = new Worker(new URL("./web-worker.js", import.meta.url), { type: "module" });
  let hasEnded = false;
  const end = (error: Error | undefined): void => {
    if (hasEnded) return;
    hasEnded = true;
    worker.terminate();
    events.exited(error);
  };
  worker.onmessage = ({ data }) => events.message(data);
  // An error that nothing catches leaves a worker running, in an unknown state; one that cannot be loaded says nothing of why.
  worker.onerror = (event) => {
    event.preventDefault();
    end(new Error(event.message || "web-worker.js of this package could not be loaded"));
  };
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    // Pages live as long as they are open.
    keepAlive: () => {},
    terminate: async () => end(undefined),
  };
}
