// npm run test:long [file ...]: the long forms of tests, which print a line with their figure each. Builds first where something is newer than what was built.
import { buildIfStale, installOnce, step } from "./install.mjs";

installOnce("inherit");
buildIfStale("inherit");
step(["npx vitest run --config vitest.long.config.ts", ...process.argv.slice(2)].join(" "), "inherit");
