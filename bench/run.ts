// Runs the benches that are named, or all of them, and prints what they found. Arguments: [--json] [name ...]
// Several run in a process each: what a host has compiled for one question must not slow down the next.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Bench } from "./support/bench.js";
import { fileOf } from "./support/files.js";
import { type Answer, answerText, environment, environmentText, jsonReport } from "./support/report.js";

const SUFFIX = ".bench.js";

const args = process.argv.slice(2).filter((arg) => arg !== "--");
const isJson = args.includes("--json");
const wanted = args.filter((arg) => arg !== "--json");

const folder = new URL(".", import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`No bench is called ${unknown.join(", ")}; there are ${names.join(", ")}.`);
  process.exit(2);
}

const { version } = JSON.parse(readFileSync(fileOf("package.json"), "utf8")) as { version: string };
const about = environment(version);
if (!isJson) console.log(`${environmentText(about)}\n`);

/** The answer to one question, asked here. */
async function ask(name: string): Promise<Answer> {
  const { default: bench } = (await import(new URL(`${name}${SUFFIX}`, folder).href)) as { default: Bench };
  return { bench, rows: await bench.run(bench.sizes.large) };
}

/** The same, asked in a process of its own. */
function askElsewhere(name: string): Answer {
  const program = [...process.execArgv, fileURLToPath(import.meta.url), "--json", name];
  const text = execFileSync(process.execPath, program, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const { benches } = JSON.parse(text) as { benches: Array<Answer["bench"] & { rows: Answer["rows"] }> };
  const [{ rows, ...bench }] = benches as [(typeof benches)[number]];
  return { bench, rows };
}

const asked = wanted.length > 0 ? wanted : names;
const answers: Answer[] = [];
for (const name of asked) {
  const answer = asked.length === 1 ? await ask(name) : askElsewhere(name);
  answers.push(answer);
  if (!isJson) console.log(answerText(answer));
}
if (isJson) console.log(jsonReport(about, answers));
