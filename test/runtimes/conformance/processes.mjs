// Processes of hosts.
import { spawn } from "node:child_process";

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** What a command writes to its standard output; rejects where it fails. */
export function runHere([command, ...args], { timeoutMs = 240_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) {
      child[name].setEncoding("utf8").on("data", (text) => {
        output[name] += text;
        if (output[name].length > OUTPUT_BYTES_MAX) child.kill();
      });
    }
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(output.stdout);
      else reject(new Error(`${command} ended with ${code ?? signal}: ${output.stderr.slice(-2000)}`));
    });
  });
}
