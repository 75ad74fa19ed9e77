// npm run bench [-- [--json] [name ...]]: builds what is missing or older than its sources, then measures and prints.
// `npm run --silent bench -- --json` writes one JSON document and nothing else.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { installOnce, step } from "./install.mjs";

function newest(path) {
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true }).map((file) => join(path, file))
    : [path];
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

const built = ["build/programs/bench/run.js", "dist/index.js", "build/bench/bare-word-count.wasm"];
const sources = ["src", "assembly", "bench", "asconfig.json", "tsup.config.ts", "package.json"];

function isBuilt() {
  if (!built.every((file) => existsSync(file))) return false;
  return Math.min(...built.map(newest)) >= Math.max(...sources.map(newest));
}

const stdio = ["ignore", 2, 2];
installOnce(stdio);
if (!isBuilt()) step("node scripts/build.mjs", stdio);
const args = process.argv.slice(2).map((argument) => JSON.stringify(argument));
step(["node --expose-gc build/programs/bench/run.js", ...args].join(" "), "inherit");
