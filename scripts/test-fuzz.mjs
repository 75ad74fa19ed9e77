// npm run test:fuzz [-- --kernel] [--cases N] [--seed S]: builds what is missing or older than its sources, then compares lowered lambdas with their
// expressions, or with the kernel programs that they are compiled to.
import { buildIfStale, installOnce, step } from "./install.mjs";

installOnce("inherit");
buildIfStale("inherit");
const given = process.argv.slice(2);
const program = given.includes("--kernel") ? "run-kernel" : "run";
const args = given.filter((argument) => argument !== "--kernel").map((argument) => JSON.stringify(argument));
step([`node build/programs/test/fuzz/${program}.js`, ...args].join(" "), "inherit");
