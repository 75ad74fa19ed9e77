/** Asks benches, each in a process of its own where there are several: what a host has compiled for one question must not slow down the next. */
import { execFileSync } from "node:child_process";
import type { Bench, Peers } from "./bench.js";
import { type Answer, answerText, environment, environmentText, jsonReport, type Report } from "./report.js";

export interface Program {
  /** The file that is running: it is run again for each question, with `--json`. */
  readonly file: string;
  readonly args: readonly string[];
  /** Of the package. */
  readonly version: string;
  readonly names: readonly string[];
  readonly load: (name: string) => Promise<Bench>;
  /** Other libraries, by the name of the question that they answer. */
  readonly peers?: Readonly<Record<string, Peers>>;
  readonly write: (text: string) => void;
}

/**
 * Runs what the arguments ask for: `[--json] [--small] [name ...]`, all questions where none is named. Prints answers as they come, or one JSON document.
 * Returns the answers; undefined where a name is unknown, which it says.
 */
export async function runProgram(program: Program): Promise<Report | undefined> {
  const { names, version, write } = program;
  const args = program.args.filter((arg) => arg !== "--");
  const [isJson, isSmall] = [args.includes("--json"), args.includes("--small")];
  const wanted = args.filter((arg) => !arg.startsWith("--"));
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    write(`No question is called ${unknown.join(", ")}; there are ${names.join(", ")}.\n`);
    return undefined;
  }
  const about = environment(version);
  if (!isJson) write(`${environmentText(about)}\n\n`);
  const asked = wanted.length > 0 ? wanted : names;
  const answers: Answer[] = [];
  for (const name of asked) {
    const answer = asked.length === 1 ? await ask(name, program, isSmall) : askElsewhere(name, program, isSmall);
    answers.push(answer);
    if (!isJson) write(`${answerText(answer)}\n`);
  }
  const report = { environment: about, answers };
  if (isJson) write(`${jsonReport(report)}\n`);
  return report;
}

/** The answer to one question, asked here. */
async function ask(name: string, { load, peers }: Program, isSmall: boolean): Promise<Answer> {
  const bench = await load(name);
  const size = isSmall ? bench.sizes.small : bench.sizes.large;
  return { bench, rows: await bench.run(size, peers?.[name]) };
}

/** The same, asked in a process of its own. */
function askElsewhere(name: string, { file }: Program, isSmall: boolean): Answer {
  const program = [...process.execArgv, file, "--json", ...(isSmall ? ["--small"] : []), name];
  const text = execFileSync(process.execPath, program, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const { benches } = JSON.parse(text) as { benches: Array<Answer["bench"] & { rows: Answer["rows"] }> };
  const [{ rows, ...bench }] = benches as [(typeof benches)[number]];
  return { bench, rows };
}
