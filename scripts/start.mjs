// npm start: installs and builds what is missing or old, then runs the network word count. Arguments go to the program.
import { spawn } from "node:child_process";
import { buildIfStale, installOnce } from "./install.mjs";

// Standard output is for the batches alone.
const stdio = ["ignore", 2, 2];
installOnce(stdio);
buildIfStale(stdio);

const program = spawn(process.execPath, ["build/programs/examples/network-word-count.js", ...process.argv.slice(2)], {
  stdio: "inherit",
});
// Ctrl-C reaches the program too, which stops cleanly, once however often it is told; this process waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => program.kill(signal));
program.on("exit", (code) => process.exit(code ?? 1));
