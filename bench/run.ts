// Runs the benches that are named, or all of them, and prints what they found. Arguments: [--json] [--small] [name ...]
// Ends with 1 where a limit is missed, with 2 where a name is unknown.
import { fileURLToPath } from "node:url";
import { benchNames, loadBench, packageVersion } from "./support/files.js";
import { runProgram } from "./support/runner.js";

const { exitCode } = await runProgram({
  command: [fileURLToPath(import.meta.url)],
  args: process.argv.slice(2),
  version: packageVersion(),
  names: benchNames(),
  load: loadBench,
});
process.exitCode = exitCode;
