import { Engine } from "millrace";
import { evaluate } from "../reference/model/evaluate.js";
import { run } from "./build.js";
import { difference } from "./compare.js";
import { type Enabled, generate, type Shaped } from "./generate.js";
import type { Program } from "./program.js";
import { showProgram } from "./show.js";
import { shrunk } from "./shrink.js";

/** The ways in which every program runs. */
export const WAYS = [
  { name: "local[1]", options: { master: "local[1]" } },
  { name: "local[2]", options: { master: "local[2]" } },
  { name: "no lowering", options: { master: "local[1]", lowering: false } },
] as const;
type Way = (typeof WAYS)[number];

/** Engines are shared by the programs that run alike. */
const engines = new Map<string, Engine>();

function engineOf({ name, options }: Way, defaultParallelism: number): Engine {
  const key = `${name}, ${defaultParallelism}`;
  const engine = engines.get(key) ?? new Engine({ ...options, defaultParallelism });
  engines.set(key, engine);
  return engine;
}

/** Ends what `check` has started. */
export async function stopEngines(): Promise<void> {
  for (const engine of engines.values()) await engine.stop();
  engines.clear();
}

/** How the library differs from the model on the program of a seed, with a smaller program that does too; undefined where they agree. */
export async function check(seed: number, enabled?: Enabled): Promise<string | undefined> {
  const program = generate(seed, enabled);
  const expected = evaluate(program);
  for (const way of WAYS) {
    const found = await differenceIn(way, program, expected);
    if (found === undefined) continue;
    const smaller = await shrunk(program, async (candidate) => (await differenceIn(way, candidate)) !== undefined);
    return report(seed, way, smaller, (await differenceIn(way, smaller)) ?? found);
  }
  return undefined;
}

async function differenceIn(way: Way, program: Program, expected = evaluate(program)): Promise<string | undefined> {
  return difference(program, expected, await run(program, engineOf(way, program.parallelism)));
}

function report(seed: number, { name }: Way, program: Shaped, found: string): string {
  return `Seed ${seed}, ${name}: ${found}\nShrunk program:\n${showProgram(program)}Replay: npm run test:model -- --runs 1 --seed ${seed}\n`;
}
