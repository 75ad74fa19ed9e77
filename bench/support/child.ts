/** Child processes of benches. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { childFile } from "./files.js";

/** A running program of bench/children/. It must be waited for with `result()` or ended with `kill()`. */
export interface Child {
  readonly process: ChildProcess;
  /** What it sends next. Rejects, with what it wrote to standard error, where it ends without. */
  message<T>(): Promise<T>;
  /** Resolves when it has ended; rejects where it failed. */
  ended(): Promise<void>;
}

/** Milliseconds that processes of one machine agree on. */
export function commonNow(): number {
  return performance.timeOrigin + performance.now();
}

export function startChild(name: string, args: readonly string[]): Child {
  const child = fork(childFile(name), args, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let errors = "";
  child.stderr!.on("data", (chunk) => {
    errors += chunk;
  });
  const received: unknown[] = [];
  const waiting: Array<(message: unknown) => void> = [];
  child.on("message", (message) => {
    const take = waiting.shift();
    if (take) take(message);
    else received.push(message);
  });
  const exit = once(child, "exit") as Promise<[number | null, string | null]>;
  const failure = (code: number | null) => new Error(`bench/children/${name} ended with ${code}: ${errors}`);
  return {
    process: child,
    message: <T>() => {
      if (received.length > 0) return Promise.resolve(received.shift() as T);
      const message = new Promise<T>((resolve) => waiting.push(resolve as (message: unknown) => void));
      const ended = exit.then(([code]): never => {
        throw failure(code);
      });
      return Promise.race([message, ended]);
    },
    ended: async () => {
      const [code] = await exit;
      if (code !== 0) throw failure(code);
    },
  };
}
