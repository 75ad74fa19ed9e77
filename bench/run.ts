// Runs the benches that are named, or all of them, and prints what they found. Arguments: [--json] [--small] [name ...]
import { fileURLToPath } from "node:url";
import { benchNames, loadBench, packageVersion } from "./support/files.js";
import { runProgram } from "./support/runner.js";

const report = await runProgram({
  file: fileURLToPath(import.meta.url),
  args: process.argv.slice(2),
  version: packageVersion(),
  names: benchNames(),
  load: loadBench,
  write: (text) => void process.stdout.write(text),
});
if (!report) process.exitCode = 2;
