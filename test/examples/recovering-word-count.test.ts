import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";

const PROGRAM = "build/programs/examples/recovering-word-count.js";
const folder = mkdtempSync(join(tmpdir(), "millrace-recovering-"));
const inputs = join(folder, "inputs");
const programs: ChildProcess[] = [];

afterEach(() => {
  for (const program of programs.splice(0)) program.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A run of the program; `printed` resolves once its output matches. */
function run() {
  const program = spawn(process.execPath, [PROGRAM, inputs, join(folder, "store")]);
  programs.push(program);
  let text = "";
  program.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const ended = new Promise<number | null>((resolve) => program.on("exit", resolve));
  const printed = (expected: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => text.includes(expected) && resolve();
      program.stdout.on("data", look);
      program.on("exit", () => reject(new Error(`ended before it printed ${expected}:\n${text}`)));
      look();
    });
  return { program, ended, printed, text: () => text };
}

function moveIn(name: string, content: string): void {
  writeFileSync(join(folder, name), content);
  renameSync(join(folder, name), join(inputs, name));
}

it("goes on counting after it was killed, and each file counts once", async () => {
  mkdirSync(inputs);
  const first = run();
  await first.printed(": []\n");
  moveIn("one", "to be or\n");
  await first.printed('["to",1]');
  first.program.kill("SIGKILL");
  await first.ended;
  moveIn("two", "not to be\n");

  const second = run();
  const all = '[["be",2],["not",1],["or",1],["to",2]]';
  await second.printed(all);
  second.program.kill("SIGTERM");
  expect(await second.ended).toBe(0);
  const lines = second.text().trim().split("\n");
  const counts = lines.map((line) => line.slice(line.indexOf("[")));
  expect(new Set(counts)).toEqual(new Set([...(counts[0] === all ? [] : ['[["be",1],["or",1],["to",1]]']), all]));
  expect(counts.at(-1)).toBe(all);
});
