import { Engine, ManualClock, StateSpec, StreamingContext } from "millrace";
import { sameValue, show } from "./check.js";
import { drawProgram, type StreamProgram } from "./streams.js";

const INTERVAL_MS = 1000;

/** Engines are shared by the programs that run alike. */
const engines = new Map<string, Engine>();

function engineOf(master: string, lowering: boolean): Engine {
  const key = `${master} ${lowering}`;
  const engine = engines.get(key) ?? new Engine({ master, lowering });
  engines.set(key, engine);
  return engine;
}

/** Ends what `checkProgramSeed` has started. */
export async function stopEngines(): Promise<void> {
  for (const engine of engines.values()) await engine.stop();
  engines.clear();
}

/** What came of one program: whether the kernel runs some of it, and whether a batch failed as it should. */
export interface StreamOutcome {
  readonly differs: string | undefined;
  readonly inKernel: boolean;
  readonly failed: boolean;
}

/** Compares what the random program of a seed gives with the kernel and without it, batch by batch; where it differs a smaller one is told. */
export async function checkProgramSeed(seed: number): Promise<StreamOutcome> {
  const program = drawProgram(seed);
  const { found, explained, failed } = await compared(program);
  const differs = found && (await report(await shrunk(program), found));
  return { differs, inKernel: /\bkernel\b/.test(explained), failed };
}

interface Compared {
  readonly found: string | undefined;
  readonly explained: string;
  readonly failed: boolean;
}

async function compared(program: StreamProgram): Promise<Compared> {
  const [kernel, plain] = [await run(program, true), await run(program, false)];
  const at = plain.batches.findIndex((batch, i) => !sameValue(batch, kernel.batches[i]));
  const failed = plain.error !== undefined;
  const { explained } = kernel;
  // On two threads it is not laid down which one of several errors is the first.
  const isSameError =
    program.master === "local[1]" ? plain.error === kernel.error : failed === (kernel.error !== undefined);
  if (at >= 0 || plain.batches.length !== kernel.batches.length || !isSameError) {
    const of = ({ batches, error }: Run) => `${show(batches.slice(Math.max(at, 0)))}${error ? `, ${error}` : ""}`;
    return { found: `expected ${of(plain)}\n  got ${of(kernel)}`, explained, failed };
  }
  return { found: undefined, explained, failed };
}

/** What a program gives for each batch, until one fails. */
interface Run {
  readonly batches: unknown[];
  readonly error: string | undefined;
  readonly explained: string;
}

async function run({ calls, output, batches, master }: StreamProgram, lowering: boolean): Promise<Run> {
  const clock = new ManualClock();
  const ssc = new StreamingContext({ engine: engineOf(master, lowering), batchInterval: INTERVAL_MS, clock });
  const results: unknown[] = [];
  let explained = "";
  try {
    const lines = ssc.pushStream<string>();
    const stream = new Function("lines", "StateSpec", `return lines${calls.join("")};`)(lines, StateSpec);
    const action = new Function("rdd", `return rdd.${output};`);
    stream.foreachRDD(async (rdd: unknown) => void results.push(rowsOf(await action(rdd))));
    explained = stream.explain();
    void ssc.start();
    for (const batch of batches) {
      await lines.pushBytes(new TextEncoder().encode(batch.map((line) => `${line}\n`).join("")));
      await clock.advance(INTERVAL_MS);
    }
    await ssc.stop();
    await ssc.awaitTermination();
    return { batches: results, error: undefined, explained };
  } catch (error) {
    await ssc.stop();
    const { name, cause } = error as Error;
    // What an engine says of one and the same error changes as it compiles a function anew.
    return { batches: results, error: cause instanceof Error ? cause.name : name, explained };
  }
}

async function report(program: StreamProgram, first: string): Promise<string> {
  const { calls, output, batches, master } = program;
  const found = (await compared(program)).found ?? first;
  return `lines${calls.join("")} by ${output} on ${master}\n  for ${show(batches)}\n  ${found}`;
}

/** A program with as few calls and lines as still differ, as far as leaving one after the other goes. */
async function shrunk(program: StreamProgram): Promise<StreamProgram> {
  for (const smaller of smallerOnes(program)) {
    const isBad = await compared(smaller).then(
      ({ found }) => found !== undefined,
      () => false,
    );
    if (isBad) return shrunk(smaller);
  }
  return program;
}

function* smallerOnes(program: StreamProgram): Generator<StreamProgram> {
  const { calls, batches } = program;
  for (let i = calls.length - 1; i > 0; i--) yield { ...program, calls: calls.filter((_, at) => at !== i) };
  for (let i = batches.length - 1; i >= 0; i--) yield { ...program, batches: batches.filter((_, at) => at !== i) };
  for (const [at, lines] of batches.entries()) {
    for (const [i] of lines.entries()) {
      const left = lines.filter((_, other) => other !== i);
      yield { ...program, batches: batches.map((batch, each) => (each === at ? left : batch)) };
    }
  }
  if (program.output !== "collect()") yield { ...program, output: "collect()" };
}

/** What an action gives, where that is compared by what is in it. */
function rowsOf(result: unknown): unknown {
  return result instanceof Map ? [...result] : result;
}
