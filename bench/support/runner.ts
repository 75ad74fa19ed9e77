/** Asks benches, each in a process of its own: what a host has compiled for one question must not slow down the next. */
import { type StdioOptions, spawnSync } from "node:child_process";
import type { Bench, Peers } from "./bench.js";
import {
  type Answer,
  answerText,
  environment,
  environmentText,
  jsonReport,
  keepsLimits,
  type Report,
} from "./report.js";

export interface Program {
  /** The file that is running, and arguments that make it run this program: it is run again for each question. */
  readonly command: readonly [file: string, ...args: string[]];
  /** `[--json] [--small] [name ...]`: all questions where none is named. */
  readonly args: readonly string[];
  /** Of the package. */
  readonly version: string;
  readonly names: readonly string[];
  readonly load: (name: string) => Bench | Promise<Bench>;
  /** Other libraries, by the name of the question that they answer. */
  readonly peers?: Readonly<Record<string, Peers>>;
}

export interface Outcome {
  /** 0; 1 where a limit is missed; 2 where the arguments are wrong, which has been said. */
  readonly exitCode: number;
  readonly report?: Report;
}

/** This process is one that another one has started for its only question. */
const HERE = "--here";
const OPTIONS = ["--json", "--small", HERE];

/** Runs what the arguments ask for. Prints answers as they come, or one JSON document. */
export async function runProgram(program: Program): Promise<Outcome> {
  const { names, version } = program;
  const args = program.args.filter((arg) => arg !== "--");
  const wanted = args.filter((arg) => !OPTIONS.includes(arg));
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no question ${unknown.join(", ")}; there are ${names.join(", ")}.\n`);
    return { exitCode: 2 };
  }
  const isJson = args.includes("--json");
  const about = environment(version);
  if (!isJson) process.stdout.write(`${environmentText(about)}\n\n`);
  const answers: Answer[] = [];
  for (const name of wanted.length > 0 ? wanted : names) {
    const isSmall = args.includes("--small");
    const answer = args.includes(HERE) ? await ask(name, program, isSmall) : askElsewhere(name, program, isSmall);
    answers.push(answer);
    if (!isJson) process.stdout.write(`${answerText(answer)}\n`);
  }
  const report = { environment: about, answers };
  if (isJson) process.stdout.write(`${jsonReport(report)}\n`);
  return { exitCode: keepsLimits(report) ? 0 : 1, report };
}

/** The answer to one question, asked here. */
async function ask(name: string, { load, peers }: Program, isSmall: boolean): Promise<Answer> {
  const bench = await load(name);
  const size = isSmall ? bench.sizes.small : bench.sizes.large;
  return { bench, rows: await bench.run(size, peers?.[name]) };
}

/** The same, asked in a process of its own. */
function askElsewhere(name: string, { command }: Program, isSmall: boolean): Answer {
  const args = [...hostArgs(), ...command, HERE, "--json", ...(isSmall ? ["--small"] : []), name];
  const stdio: StdioOptions = ["ignore", "pipe", "inherit"];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", stdio });
  // One that missed a limit has printed its answer all the same.
  if (!stdout) throw new Error(`The question ${name} ended with ${status} and no answer.`);
  const { benches } = JSON.parse(stdout) as { benches: Array<Answer["bench"] & { rows: Answer["rows"] }> };
  const [{ rows, ...bench }] = benches as [(typeof benches)[number]];
  return { bench, rows };
}

/** What this host needs before a file, so that garbage can be collected between runs. */
function hostArgs(): string[] {
  const { deno, bun } = process.versions as Record<string, string | undefined>;
  if (deno) return ["run", "--allow-all", "--v8-flags=--expose-gc"];
  return bun ? [] : ["--expose-gc"];
}
