import { batchesOf, recover, wrongRows } from "./crash-points.js";
import type { Pair, SinkName } from "./pipelines.js";
import { INTERVAL_MS, type Seen, SimulatedProcess, type World } from "./process.js";
import { pump } from "./virtual-host.js";

export interface SweepOptions {
  readonly sinks: readonly SinkName[];
  readonly isLogged: boolean;
  readonly seed: number;
  readonly batchCount: number;
}

export interface SweepResult {
  readonly calls: number;
  readonly runs: number;
  /** Runs that went on to their end; the others ended with a typed error. */
  readonly finished: number;
  readonly problems: readonly string[];
}

/** What a context may end with where its store fails. */
const ENDS: ReadonlySet<unknown> = new Set(["storage-failed", "storage-full", "fd-limit", "store-failed"]);

/** Each call of the store fails once, in each way: the run ends right or with a typed error, and what is there then is exact. */
export async function checkIoErrors(world: World, options: SweepOptions): Promise<SweepResult> {
  const { FaultyStore, MemoryStore, STORAGE_FAULTS, seededRandom } = world.library;
  const batches = batchesOf(seededRandom(options.seed), options.batchCount + 3);
  const run = async (plan: NonNullable<ConstructorParameters<typeof FaultyStore>[1]>["plan"] = []) => {
    world.host.reset(seededRandom(options.seed));
    const inner = new MemoryStore();
    const store = new FaultyStore(inner, { plan });
    const outcome = await runUntilError(world, options, batches, store);
    return { ...outcome, inner, calls: store.callCount };
  };
  const { calls } = await run();
  const result = { calls, runs: 0, finished: 0, problems: [] as string[] };
  for (let call = 1; call <= calls; call += 1) {
    for (const fault of STORAGE_FAULTS) {
      result.runs += 1;
      const { done, seen, error, inner } = await run([{ call, fault }]);
      const wrong = wrongRows(seen, batches);
      if (error === undefined) result.finished += 1;
      // Who stops does not ask a store again.
      else if (fault !== "fsync-sticky" && done < options.batchCount)
        wrong.push(`a call that failed once ended it: ${String(error)}`);
      else if (!ENDS.has((error as { code?: unknown }).code)) wrong.push(`ended with ${String(error)}`);
      const found = await recover(world, options, batches, inner).catch((cause: unknown) => String(cause));
      if (typeof found === "string") wrong.push(found);
      else if (found.next < done) wrong.push(`goes on with batch ${found.next} where ${done} were done`);
      else wrong.push(...found.wrong);
      for (const what of wrong) result.problems.push(`seed ${options.seed}, call ${call}, ${fault}: ${what}`);
      if (result.problems.length > 5) return result;
    }
  }
  return result;
}

async function runUntilError(
  world: World,
  { sinks, isLogged, batchCount }: SweepOptions,
  batches: readonly Pair[][],
  store: ConstructorParameters<typeof SimulatedProcess>[1]["store"],
) {
  const seen: Seen[] = [];
  const program = { sinks, isLogged };
  const process = new SimulatedProcess(world, { program, store, seen: (each) => seen.push(each) });
  let done = 0;
  try {
    await pump(world.host, process.begin());
    for (const records of batches.slice(0, batchCount)) {
      if (records.length > 0) await pump(world.host, process.push(records));
      await pump(world.host, process.advance(INTERVAL_MS));
      if (!process.isRunning) throw process.error;
      done += 1;
    }
    await pump(world.host, process.stop());
    return { done, seen, error: undefined };
  } catch (error) {
    // A push that is refused, because the context has ended, does not say why that was.
    return { done, seen, error: process.error ?? error };
  } finally {
    process.end();
  }
}
