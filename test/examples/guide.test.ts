import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const PAGES = "docs/guide";
const PROGRAMS = "examples/guide";

/** The sections of Spark Streaming's guide that are in scope, and the page of ours that shows each; then what we add. */
const SECTIONS: ReadonlyArray<readonly [section: string, page: string]> = [
  ["Overview", "overview"],
  ["A Quick Example", "quick-example"],
  ["Basic Concepts: Linking", "linking"],
  ["Initializing StreamingContext", "initializing"],
  ["Discretized Streams", "discretized-streams"],
  ["Input DStreams and Receivers", "input-streams"],
  ["Basic Sources: file streams", "file-streams"],
  ["Basic Sources: actors / custom", "message-sources"],
  ["Basic Sources: queue of RDDs", "queue-of-rdds"],
  ["Custom Sources", "custom-receivers"],
  ["Receiver Reliability", "receiver-reliability"],
  ["Transformations on DStreams", "transformations"],
  ["UpdateStateByKey Operation", "update-state-by-key"],
  ["MapWithState Operation", "map-with-state"],
  ["Transform Operation", "transform"],
  ["Lines of JSON", "json"],
  ["Lines of CSV", "csv"],
  ["Apache Arrow and columns", "arrow"],
  ["Explicit forms", "forms"],
  ["Window Operations", "windows"],
  ["Sketches", "sketches"],
  ["Join Operations: stream-stream", "stream-stream-joins"],
  ["Join Operations: stream-dataset", "stream-dataset-joins"],
  ["Accumulators and Broadcast Variables", "shared-variables"],
  ["Output Operations on DStreams", "output-operations"],
  ["Design Patterns for using foreachRDD", "foreach-rdd"],
  ["Caching / Persistence", "caching"],
  ["Checkpointing (when, how)", "checkpointing"],
  ["Deploying: Requirements", "deploying"],
  ["Deploying: Upgrading Application Code", "upgrading"],
  ["Deploying: Other Considerations", "rate-limits"],
  ["Monitoring Applications", "monitoring"],
  ["Performance Tuning: Reducing the Batch Processing Times", "batch-processing-time"],
  ["Closures on all threads", "program"],
  ["Performance Tuning: Setting the Right Batch Interval", "batch-interval"],
  ["Performance Tuning: Memory Tuning", "memory"],
  ["Fault-tolerance: Background, Definitions, Basic Semantics", "fault-tolerance"],
  ["Fault-tolerance: Semantics of Received Data", "received-data"],
  ["Fault-tolerance: Semantics of output operations", "output-semantics"],
  ["Fault-tolerance: an output with transactions", "transactional-output"],
  ["Storage that fails", "failing-storage"],
  ["Migration Guide", "migration"],
  ["Where to Go from Here", "where-to-go"],
];

/** What programs say on standard error, the rest of each line aside. Those that are not here say nothing. */
const WARNINGS: Readonly<Record<string, readonly string[]>> = {
  "quick-example": ["Error connecting to or reading from localhost", "connected again to localhost"],
  "custom-receivers": ["one reading was odd", "Countdown-0 starts again in 0 ms: the line went dead"],
  "receiver-reliability": ["starts again in 0 ms: crashed", "starts again in 0 ms: crashed"],
  deploying: ["foreachRDD of the batch of 3000 ms failed: Error: the database said no"],
  monitoring: ["foreachRDD of the batch of 2000 ms failed: Error: disk full"],
  csv: ['stream 0 set aside 1 records: pieces: i64 expected, got "many"'],
  json: ["stream 0 set aside 1 records: at: i64 expected, got string"],
  checkpointing: ["no checkpoint store is set: the state of updateStateByKey lives as long as this context"],
  "fault-tolerance": ["foreachRDD of the batch of 2000 ms failed"],
};

interface Block {
  readonly info: string;
  readonly text: string;
}

const page = (name: string) => readFileSync(join(PAGES, `${name}.md`), "utf8");
const blocksOf = (markdown: string): Block[] =>
  [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info, text]) => ({ info: info!, text: text! }));

function run(name: string): Promise<{ output: string; errors: string }> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [join("build/programs", PROGRAMS, `${name}.js`)], (error, output, errors) => {
      if (error) reject(new Error(`${name} failed: ${error.message}`));
      else resolve({ output, errors });
    });
  });
}

/** Batches of the host's clock: how many come before the data is chance, and so is their time. */
function ofHostClock(output: string): string {
  return output.replace(/^-+\nTime: \d+ ms\n-+\n\n/gm, "").replace(/^Time: \d{13} ms$/gm, "Time: T ms");
}

describe.concurrent("the guide", () => {
  it.each(SECTIONS)("%s", async (_, name) => {
    const shown = blocksOf(page(name)).filter(({ info }) => info === "text");
    const { output, errors } = await run(name);
    expect(shown).toHaveLength(1);
    expect(ofHostClock(output).trimEnd()).toBe(ofHostClock(shown[0]!.text).trimEnd());
    // With a store the promises of sources and sinks are said at the start.
    const isPromise = (line: string) => /^millrace: (source|sink) \d+ \S.*: [\w-]+; /.test(line);
    const warnings = errors.split("\n").filter((line) => line !== "" && !isPromise(line));
    expect(warnings).toEqual((WARNINGS[name] ?? []).map((start) => expect.stringContaining(start)));
  });
});

describe("the pages of the guide", () => {
  const names = SECTIONS.map(([, name]) => name);

  it.each(names)("%s shows its program as it is, whole at last, and excerpts of it before", (name) => {
    const shown = blocksOf(page(name)).filter(({ info }) => /^(ts|js|typescript|javascript)\b/.test(info));
    const program = readFileSync(join(PROGRAMS, `${name}.ts`), "utf8");
    expect(shown.map(({ info }) => info)).toEqual(shown.map(() => `ts ${PROGRAMS}/${name}.ts`));
    expect(shown.at(-1)?.text).toBe(program);
    for (const { text } of shown) expect(`\n${program}`).toContain(`\n${text}`);
  });

  it("are one for each program, and all in the index, in order", () => {
    const files = (folder: string, ending: string) =>
      readdirSync(folder)
        .filter((file) => file.endsWith(ending) && file !== "README.md")
        .map((file) => file.slice(0, -ending.length));
    const listed = [...page("README").matchAll(/^\d+\. \[[^\]]+\]\(([\w-]+)\.md\)/gm)].map(([, name]) => name!);
    expect(files(PAGES, ".md").sort()).toEqual([...names].sort());
    expect(files(PROGRAMS, ".ts").sort()).toEqual([...names].sort());
    expect([...listed].sort()).toEqual([...names].sort());
    const next = listed.map((name) => /Next: \[[^\]]+\]\(([\w-]+)\.md\)/.exec(page(name))?.[1]);
    expect(next).toEqual([...listed.slice(1), undefined]);
  });
});
