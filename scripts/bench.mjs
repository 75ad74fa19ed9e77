// npm run bench [-- [--json] [name ...]]: builds what is missing or older than its sources, then measures and prints.
// `npm run --silent bench -- --json` writes one JSON document and nothing else.
import { buildIfStale, installOnce, step } from "./install.mjs";

const stdio = ["ignore", 2, 2];
installOnce(stdio);
buildIfStale(stdio);
const args = process.argv.slice(2).map((argument) => JSON.stringify(argument));
step(["node build/programs/bench/run.js", ...args].join(" "), "inherit");
