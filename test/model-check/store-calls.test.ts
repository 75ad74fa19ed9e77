import { type CheckpointStore, type DStream, MemoryStore } from "millrace";
import { expect, it, vi } from "vitest";
import { Job } from "../support/recovery.js";
import { PROTOCOL, Process, type Rules } from "./process.js";
import { Store } from "./store.js";

const BATCHES = 4;
/** A commit that is larger makes a generation. */
const MANY_BYTES = 9 * 1024 * 1024;
/** With one key a state has two runs at most: they are merged at once. */
const RULES: Rules = { ...PROTOCOL, runsMax: 1 };

/** The writes and deletions of a store by the kind of their key, as a line each. */
class Calls implements CheckpointStore {
  readonly lines: string[] = [];
  readonly #inner = new MemoryStore();

  read(key: string) {
    return this.#inner.read(key);
  }

  async write(key: string, bytes: Uint8Array, options: { ifAbsent?: boolean } = {}) {
    await this.#inner.write(key, bytes, options);
    this.lines.push(`write ${short(key)}${options.ifAbsent ? " if absent" : ""}`);
  }

  async delete(key: string) {
    await this.#inner.delete(key);
    this.lines.push(`delete ${short(key)}`);
  }

  list(prefix: string) {
    return this.#inner.list(prefix);
  }
}

/** A key without the zeros of its numbers. */
function short(key: string): string {
  return key.replaceAll(/\d+/g, (digits) => String(Number(digits)));
}

/** The lines of the model: one process, whose generations are made between its batches. */
function modelled(): string[] {
  const store = new Store();
  const process = new Process(1);
  const lines: string[] = [];
  const steps: ReadonlyArray<readonly [said: RegExp, line: (name: string) => string]> = [
    [/^writes entry (\d+)/, (name) => `write log/${name} if absent`],
    [/^writes generation (\d+)/, (name) => `write generation/${name}`],
    [/^writes segment (\d+)/, (name) => `write segment/${Number(name) >> 4}-${Number(name) & 15}`],
    [/^deletes generation (\d+)/, (name) => `delete generation/${name}`],
    [/^deletes entry (\d+)/, (name) => `delete log/${name}`],
    [/^deletes segment (\d+)/, (name) => `delete segment/${Number(name) >> 4}-${Number(name) & 15}`],
  ];
  for (;;) {
    const isMaking = process.making !== "idle";
    if (!isMaking && process.step === "ended") break;
    const said = isMaking ? process.make(store, RULES) : process.advance(store, RULES, BATCHES);
    for (const [pattern, line] of steps) {
      const name = pattern.exec(said)?.[1];
      if (name !== undefined) lines.push(line(name));
    }
  }
  return lines;
}

it("is what the code does: the same keys are written and deleted in the same order", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const store = new Calls();
  const job = new Job((input, output) => {
    const texts = input as never as DStream<[string, string]>;
    output(
      "lengths",
      texts.updateStateByKey((values: string[], last: string | undefined) => values.at(-1) ?? last).map(([key]) => key),
    );
  });
  await job.begin(store);
  for (let batch = 0; batch < BATCHES; batch++) {
    await job.run([["key", String(batch).repeat(MANY_BYTES)]]);
    // The generation of the batch, which nobody waits for.
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  await job.end();
  expect(store.lines).toEqual(modelled());
});
