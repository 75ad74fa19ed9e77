import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { random } from "../support/property.js";
import { Child } from "./child.js";

const WORDS = ["to", "be", "or", "not", "that", "is", "the", "question"];
const KILL_MS_MAX = 250;
/** Steps of writes within which a process ends itself. */
const STEPS_MAX = 60;

export interface KillLoop {
  readonly seed: number;
  readonly kills: number;
  /** Of these, at a step of a write of the store and not at a moment. */
  readonly aimed: number;
}

/** What was given, and what came out of it. */
export interface KillLoopResult {
  readonly given: { readonly words: string[]; readonly messages: string[] };
  readonly written: { readonly words: string[]; readonly messages: string[] };
  /** The state after the last batch, as pairs of word and count. */
  readonly counts: Array<[string, number]>;
  readonly processes: number;
}

/** Kills a program again and again while files and messages come, then lets it finish. */
export async function killLoop({ seed, kills, aimed }: KillLoop): Promise<KillLoopResult> {
  const next = random(seed);
  const below = (n: number) => Math.floor(next() * n);
  const root = mkdtempSync(join(tmpdir(), "millrace-kills-"));
  const [folder, output, messages] = ["in", "out", "messages"].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [folder, output, messages, join(root, "draft")]) mkdirSync(each);
  const given = { words: [] as string[], messages: [] as string[] };
  let files = 0;
  const give = () => {
    const words = Array.from({ length: 1 + below(5) }, () => WORDS[below(WORDS.length)]!);
    const name = `file-${files++}`;
    writeFileSync(join(root, "draft", name), `${words.join(" ")}\n`);
    renameSync(join(root, "draft", name), join(folder, name));
    given.words.push(...words);
    writeFileSync(join(root, "draft", name), `message ${files}`);
    renameSync(join(root, "draft", name), join(messages, name));
    given.messages.push(`message ${files}`);
  };
  const start = (killAt: number) =>
    new Child("./counter.mjs", [folder, join(root, "store"), output, messages], { KILL_AT: String(killAt) });
  let processes = 1;
  const first = start(0);
  await first.line(["batch"]);
  await first.kill();
  for (let kill = 0; kill < kills; kill++, processes++) {
    const isAimed = kill < aimed;
    const child = start(isAimed ? 1 + below(STEPS_MAX) : 0);
    give();
    if (isAimed) await child.exited;
    else {
      await Promise.race([child.line(["batch"]), child.exited]);
      give();
      await new Promise((resolve) => setTimeout(resolve, below(KILL_MS_MAX)));
      await child.kill();
    }
  }
  const last = start(0);
  await finished(last, given.words.length, messages);
  await last.kill();
  const counts = JSON.parse(last.lines.at(-1)!.split(" ").slice(3).join(" "));
  const written = { words: linesUnder(output, "words"), messages: linesUnder(output, "messages") };
  rmSync(root, { recursive: true });
  return { given, written, counts, processes: processes + 1 };
}

/** Resolves when a batch has counted all words, no message is left, and what was logged had a batch. */
async function finished(child: Child, words: number, messages: string): Promise<void> {
  for (let batch = 1, quiet = 0; quiet < 3; batch++) {
    const line = await child.line(["batch"], batch);
    const isDone = Number(line.split(" ")[2]) >= words && readdirSync(messages).length === 0;
    quiet = isDone ? quiet + 1 : 0;
  }
}

/** The lines of all batches of an output. */
function linesUnder(output: string, name: string): string[] {
  return readdirSync(output)
    .filter((batch) => batch.startsWith(`${name}-`))
    .flatMap((batch) => {
      const parts = readdirSync(join(output, batch)).filter((part) => part.startsWith("part-"));
      return parts.flatMap((part) => readFileSync(join(output, batch, part), "utf8").split("\n"));
    })
    .filter((line) => line !== "");
}
