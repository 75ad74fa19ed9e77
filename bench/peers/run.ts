// Runs the benches that other libraries take part in, those libraries included. Arguments: [--json] [--small] [name ...]; without names all benches run,
// and their table and chart are written to docs/.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chart } from "../support/chart.js";
import { withFigures } from "../support/document.js";
import { benchNames, fileOf, loadBench, packageVersion } from "../support/files.js";
import { runProgram } from "../support/runner.js";
import { peers } from "./peers.js";

const args = process.argv.slice(2);
const { exitCode, report } = await runProgram({
  command: [fileURLToPath(import.meta.url)],
  args,
  version: packageVersion(),
  names: benchNames(),
  load: loadBench,
  peers,
});
process.exitCode = exitCode;
if (report && args.length === 0) {
  const { dependencies } = JSON.parse(readFileSync(fileOf("bench/peers/package.json"), "utf8"));
  const document = fileOf("docs/benchmarks.md");
  writeFileSync(document, withFigures(readFileSync(document, "utf8"), report, dependencies));
  writeFileSync(fileOf("docs/benchmarks.svg"), chart(report));
}
