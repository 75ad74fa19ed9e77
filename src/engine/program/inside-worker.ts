import { ConfigError } from "../../errors.js";

/** Set on the thread itself: a bundled program may have a copy of the library of its own. */
const MARK = Symbol.for("millrace.worker");

/** Options of the contexts that workers make for themselves. */
const graphOnly = new WeakSet<object>();

/** From now on this thread is a worker: programs build graphs here and start nothing. */
export function markWorker(): void {
  (globalThis as { [MARK]?: true })[MARK] = true;
}

export function isWorker(): boolean {
  return (globalThis as { [MARK]?: true })[MARK] === true;
}

/** Marks the options of a context that only builds a graph. */
export function forGraphOnly<O extends object>(options: O): O {
  graphOnly.add(options);
  return options;
}

/** Throws a `ConfigError` "inside-worker" where a program makes a context in a worker. */
export function assertMayMakeContext(options: object): void {
  if (!isWorker() || graphOnly.has(options)) return;
  throw new ConfigError(
    "A StreamingContext cannot be made inside a worker, and a module given as program made one when it was imported there: let it export the function " +
      "that builds the streams, and make the context in another module or where isMainThread of node:worker_threads is true.",
    { code: "inside-worker" },
  );
}

/** The error of whatever a worker must not start. */
export function insideWorkerError(what: string): ConfigError {
  return new ConfigError(
    `${what} does nothing inside a worker, where a program only builds its streams: call it in the module that makes the context.`,
    { code: "inside-worker" },
  );
}
