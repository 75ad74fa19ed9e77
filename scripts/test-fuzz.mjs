// npm run test:fuzz [-- --kernel|--streams] [--cases N] [--seed S]: builds what is missing or older than its sources, then compares lowered lambdas with their
// expressions, or with the kernel programs that they are compiled to, or random programs with the kernel with the same without it.
import { buildIfStale, installOnce, step } from "./install.mjs";

installOnce("inherit");
buildIfStale("inherit");
const given = process.argv.slice(2);
const PROGRAMS = { "--kernel": "run-kernel", "--streams": "run-streams" };
const program = PROGRAMS[given.find((argument) => argument in PROGRAMS)] ?? "run";
const args = given.filter((argument) => !(argument in PROGRAMS)).map((argument) => JSON.stringify(argument));
step([`node build/programs/test/fuzz/${program}.js`, ...args].join(" "), "inherit");
