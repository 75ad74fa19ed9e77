// The random program of a seed, which its address names in a worker: `?seed=1`.
import type { Engine, StreamingContext } from "millrace";
import { runOn, streamsOf } from "../model/build.js";
import { difference } from "../model/compare.js";
import { generate } from "../model/generate.js";
import { evaluate } from "../reference/model/evaluate.js";

export default function program(ssc: StreamingContext): void {
  streamsOf(generate(Number(new URL(import.meta.url).searchParams.get("seed"))), ssc);
}

/** How the library differs from the model on the program of a seed, whose closures workers run; undefined where they agree. */
export async function differenceOn(seed: number, engine: Engine, url: string): Promise<string | undefined> {
  const described = generate(seed);
  return difference(described, evaluate(described), await runOn(described, { engine, program: `${url}?seed=${seed}` }));
}

/** The default number of partitions that the program of a seed wants. */
export function parallelismOf(seed: number): number {
  return generate(seed).parallelism;
}
