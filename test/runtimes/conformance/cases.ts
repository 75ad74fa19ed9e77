/**
 * The conformance set: programs whose results are the same text in every host. A line a case: its name, a tab, and all that came of it.
 */
import { type DStream, Engine, ManualClock, MemoryStore, StateSpec, StreamingContext } from "millrace";
import { run } from "../../model/build.js";
import { WAYS } from "../../model/check.js";
import { generate } from "../../model/generate.js";
import { show } from "../../model/show.js";

/** A random program over lines, whose lambdas stand in it as text. */
export interface LinesProgram {
  readonly name: string;
  readonly master: string;
  readonly make: (lines: DStream<string>, StateSpec: unknown) => DStream<unknown>;
  readonly action: (rdd: unknown) => unknown;
  readonly batches: ReadonlyArray<readonly string[]>;
}

const INTERVAL_MS = 1000;
const MODEL_PROGRAMS = 220;
const RECOVERIES = 24;
const WORDS = ["mill", "race", "Wasser", "川", "🌊", "", "-0", "1e3", "__proto__", "constructor"];

/** The lines of all cases, in order. */
export async function* conformance(programs: readonly LinesProgram[]): AsyncGenerator<string> {
  const engines = new Map<string, Engine>();
  const engineOf = (options: {
    readonly master: string;
    readonly lowering?: boolean;
    readonly defaultParallelism?: number;
  }) => {
    const key = JSON.stringify(options);
    const engine = engines.get(key) ?? new Engine(options);
    engines.set(key, engine);
    return engine;
  };
  for (let seed = 1; seed <= MODEL_PROGRAMS; seed++) {
    const program = inMemory(generate(seed));
    const { options } = WAYS[seed % WAYS.length]!;
    const { outputs, error } = await run(program, engineOf({ ...options, defaultParallelism: program.parallelism }));
    yield `model ${seed}\t${outputs.map((output) => show(output)).join(" ")}${error === undefined ? "" : ` ${error.split(":")[0]}`}`;
  }
  for (const program of programs)
    yield `${program.name}\t${await ofLines(program, engineOf({ master: program.master }))}`;
  for (let seed = 1; seed <= RECOVERIES; seed++) yield `recovery ${seed}\t${await recovery(seed)}`;
  for (const engine of engines.values()) await engine.stop();
}

/** Without levels of storage that need a disk: some hosts have none, and say so. */
function inMemory(program: ReturnType<typeof generate>): ReturnType<typeof generate> {
  const steps = program.steps.map((step) =>
    step.persist?.includes("DISK") ? { ...step, persist: "MEMORY_ONLY" as const } : step,
  );
  return { ...program, steps };
}

async function ofLines({ make, action, batches }: LinesProgram, engine: Engine): Promise<string> {
  const clock = new ManualClock();
  const ssc = new StreamingContext({ engine, batchInterval: INTERVAL_MS, clock });
  const results: string[] = [];
  try {
    const lines = ssc.pushStream<string>();
    make(lines, StateSpec).foreachRDD(async (rdd) => void results.push(show(await action(rdd))));
    void ssc.start();
    for (const batch of batches) {
      await lines.pushBytes(new TextEncoder().encode(batch.map((line) => `${line}\n`).join("")));
      await clock.advance(INTERVAL_MS);
    }
    await ssc.stop();
    await ssc.awaitTermination();
  } catch (error) {
    await ssc.stop();
    // Messages have the engine's own words for what a function threw.
    results.push(String((error as { readonly code?: unknown }).code));
  }
  return results.join(" ");
}

/** A job with state and a window that is left in the middle of its batches, twice, and goes on from its store. */
async function recovery(seed: number): Promise<string> {
  const store = new MemoryStore();
  const seen: string[] = [];
  let state = seed;
  const draw = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
  for (let life = 0; life < 3; life++) {
    let clock = new ManualClock();
    let push: (...words: string[]) => Promise<void>;
    const ssc = await StreamingContext.getOrCreate(store, () => {
      clock = new ManualClock();
      const made = new StreamingContext({ master: `local[${1 + (seed % 2)}]`, batchInterval: INTERVAL_MS, clock });
      const words = made.pushStream<string>({ name: "words" });
      push = (...given) => words.push(...given);
      const pairs = words.map((word): [string, number] => [word, 1]);
      const output = (name: string, stream: DStream<unknown>) =>
        stream.foreachRDD(
          async (rdd, time) => void seen.push(`${name}@${time.milliseconds} ${show(await rdd.collect())}`),
        );
      output(
        "counts",
        pairs.mapWithState(
          StateSpec.function<string, number, number, [string, number]>((key, value, kept) => {
            const sum = (kept.getOption() ?? 0) + (value ?? 0);
            kept.update(sum);
            return [key, sum];
          }),
        ),
      );
      output(
        "window",
        pairs.reduceByKeyAndWindow(
          (a, b) => a + b,
          (a, b) => a - b,
          3 * INTERVAL_MS,
          INTERVAL_MS,
        ),
      );
      return made;
    });
    await ssc.start();
    for (let batch = 0; batch < 4; batch++) {
      await push!(...Array.from({ length: draw(5) }, () => WORDS[draw(WORDS.length)]!));
      await clock.advance(INTERVAL_MS);
    }
    // What was pushed last is in no batch.
    await push!("last");
    await ssc.stop();
  }
  return seen.join(" ");
}
