// npm run bench:peers [-- [--json] [--small] [name ...]]: the benches beside other libraries, which are installed for them alone, in bench/peers/.
// Without arguments it runs everything and writes the table and the chart of docs/benchmarks.md.
import { existsSync } from "node:fs";
import { buildIfStale, installOnce, step } from "./install.mjs";

const stdio = ["ignore", 2, 2];
installOnce(stdio);
buildIfStale(stdio);
if (!existsSync("bench/peers/node_modules/rxjs/package.json")) {
  step("npm install --prefix bench/peers --no-save --no-audit --no-fund", stdio);
}
step("npx tsc -p bench/peers", stdio);
const bundled = "--bundle --platform=node --format=esm --target=es2022 --external:millrace --log-level=warning";
step(`npx esbuild bench/peers/run.ts ${bundled} --outfile=build/peers/run.js`, stdio);
const args = process.argv.slice(2).map((argument) => JSON.stringify(argument));
step(["node build/peers/run.js", ...args].join(" "), "inherit");
