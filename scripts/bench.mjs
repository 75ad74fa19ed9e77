// npm run bench [-- [--json] [name ...]]: builds what is missing or older than its sources, then measures and prints.
// `npm run --silent bench -- --json` writes one JSON document and nothing else.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

function step(command, args, stdio) {
  const { status } = spawnSync(command, args, { stdio });
  if (status !== 0) process.exit(status ?? 1);
}

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

if (!existsSync("node_modules/tsup")) step("npm", ["ci"], ["ignore", 2, 2]);
if (!isBuilt()) step(process.execPath, ["scripts/build.mjs"], ["ignore", 2, 2]);
step(process.execPath, ["--expose-gc", "build/programs/bench/run.js", ...process.argv.slice(2)], "inherit");
