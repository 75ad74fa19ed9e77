// npm start: installs and builds what is missing, then runs the network word count. Arguments go to the program.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { installOnce, step } from "./install.mjs";

const PROGRAM = "build/programs/examples/network-word-count.js";
// Standard output is for the batches alone.
const stdio = ["ignore", 2, 2];

installOnce(stdio);
if (!existsSync(PROGRAM) || !existsSync("dist/index.js")) step("node scripts/build.mjs", stdio);

const program = spawn(process.execPath, [PROGRAM, ...process.argv.slice(2)], { stdio: "inherit" });
// Ctrl-C reaches the program as well, which stops cleanly; this process waits for it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => program.kill("SIGTERM"));
program.on("exit", (code) => process.exit(code ?? 1));
