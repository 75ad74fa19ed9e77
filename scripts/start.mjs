// npm start: installs and builds what is missing, then runs the network word count. Arguments go to the program.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

// Standard output is for the batches alone.
function step(command) {
  const { status } = spawnSync(command, { shell: true, stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync("node_modules/tsup")) step("npm ci");
if (!existsSync("build/programs/network-word-count.js") && !existsSync("build/programs/examples/network-word-count.js"))
  step("node scripts/build.mjs");

const program = spawn(process.execPath, ["build/programs/examples/network-word-count.js", ...process.argv.slice(2)], {
  stdio: "inherit",
});
// Ctrl-C reaches the program as well, which stops cleanly; this process waits for it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => program.kill("SIGTERM"));
program.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 0 : 1)));
