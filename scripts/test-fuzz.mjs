// npm run test:fuzz [-- --cases N] [--seed S]: builds what is missing or older than its sources, then compares lowered lambdas with their expressions.
import { buildIfStale, installOnce, step } from "./install.mjs";

installOnce("inherit");
buildIfStale("inherit");
const args = process.argv.slice(2).map((argument) => JSON.stringify(argument));
step(["node build/programs/test/fuzz/run.js", ...args].join(" "), "inherit");
