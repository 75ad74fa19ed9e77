#!/usr/bin/env node
// The command `millrace` of the package: `millrace bench [question ...] [--json] [--small]`. It runs in Node, Deno and Bun.
// Ends with 2 where its arguments are wrong.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Bench } from "./support/bench.js";
import { byteQuestions } from "./support/byte-questions.js";
import { generatedText } from "./support/generated-text.js";
import { runProgram } from "./support/runner.js";
import { twoThreadsBench } from "./support/two-threads.js";
import { stringsBench, wordCountBench } from "./support/word-count.js";
import updateState from "./update-state.bench.js";
import windowPanes from "./window-panes.bench.js";

const wordCount = wordCountBench({
  notMeasured: "receiving, JavaScript values of the counts, more than one thread, real text",
  aims: { "plain JavaScript": 13 },
  text: generatedText,
});
const ofBytes = [wordCount, ...byteQuestions];
const questions: Bench[] = [
  ...ofBytes,
  updateState,
  windowPanes,
  stringsBench(generatedText),
  twoThreadsBench(ofBytes),
];
const byName = new Map(questions.map((question) => [question.name, question]));

const USAGE = `usage: millrace bench [question ...] [--json] [--small]

Measures this package on this machine beside plain JavaScript, on generated data: every question, or those that are named.
  --json    one JSON document
  --small   little data: whether it runs, not how fast

questions:
${questions.map(({ name, question }) => `  ${name.padEnd(15)} ${question}`).join("\n")}
`;

const [command, ...args] = process.argv.slice(2);
if (command !== "bench" || args.includes("--help")) {
  const isAsked = command === undefined || command === "--help" || command === "bench";
  (isAsked ? process.stdout : process.stderr).write(USAGE);
  process.exitCode = isAsked ? 0 : 2;
} else {
  const file = fileURLToPath(import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const load = (name: string) => byName.get(name)!;
  const { exitCode } = await runProgram({ command: [file, "bench"], args, version, names: [...byName.keys()], load });
  process.exitCode = exitCode;
}
