// Runs the benches that are named, or all of them, and prints what they found. Arguments: [--json] [name ...]
import { readdirSync, readFileSync } from "node:fs";
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

const answers: Answer[] = [];
for (const name of wanted.length > 0 ? wanted : names) {
  const { default: bench } = (await import(new URL(`${name}${SUFFIX}`, folder).href)) as { default: Bench };
  const answer = { bench, rows: await bench.run(bench.sizes.large) };
  answers.push(answer);
  if (!isJson) console.log(answerText(answer));
}
if (isJson) console.log(jsonReport(about, answers));
