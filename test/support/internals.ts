import type { Engine } from "millrace";
import type { RunningEngine } from "../../src/engine/running-engine.js";
import type { Threads } from "../../src/engine/threads.js";
import type { Host } from "../../src/host.js";

/** What the published types do not show: the threads of a started engine. */
export function threadsOf(engine: Engine): Threads {
  return (engine as unknown as { readonly threads: Threads }).threads;
}

export function isStarted(engine: Engine): boolean {
  return (engine as unknown as { readonly isStarted: boolean }).isStarted;
}

/** What an engine has once it has started, which this waits for. */
export async function runningOf(engine: Engine): Promise<RunningEngine> {
  const started = engine as unknown as { start(): Promise<void>; readonly running: RunningEngine };
  await started.start();
  return started.running;
}

/** Has an engine that has not started believe that threads cannot share memory. */
export function withoutSharedMemory(engine: Engine): void {
  changeHost(engine, { sharesMemory: false });
}

/** Has an engine that has not started believe that there is no SIMD. */
export function withoutSimd(engine: Engine): void {
  changeHost(engine, { simd: false });
}

/** Has an engine that has not started believe that its host is another one in some things. */
export function withHost(engine: Engine, change: Partial<Host>): void {
  changeHost(engine, change);
}

function changeHost(engine: Engine, change: Partial<Host>): void {
  const internals = engine as unknown as { host: Host };
  internals.host = { ...internals.host, ...change };
}
