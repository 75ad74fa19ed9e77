// The page's worker: runs one program, then the page ends it. A program that hangs harms nobody.
import { ManualClock, type StreamingContext } from "millrace";
import type { FromWorker, OutputPlan, SourceChoice, Table, ToWorker } from "../messages.js";
import { fileSource } from "../sources/file.js";
import { generator } from "../sources/generator.js";
import { liveSource } from "../sources/live.js";
import type { Source } from "../sources/source.js";
import { desk } from "./desk.js";
import { Driver } from "./driver.js";
import { failureOf, moduleOf, printedNames } from "./program.js";
import { tableOf } from "./table.js";

type Load = Extract<ToWorker, { type: "load" }>;

let module: string | undefined;
let driver: Driver | undefined;
let hasFailed = false;
/** What was asked for while the program was being loaded. */
let waiting: ToWorker[] = [];
let tables = new Map<number, Table>();
let plansSent = "";
/** What the program calls the streams that it prints. */
let names: readonly string[] = [];

function tell(message: FromWorker): void {
  self.postMessage(message);
}

function fail(thrown: unknown): void {
  if (hasFailed) return;
  hasFailed = true;
  driver?.pause();
  tell({ type: "failed", failure: failureOf(thrown, module) });
}

function outputPlans(): OutputPlan[] {
  return desk.printed.map(({ stream }, index) => {
    const plan = stream.explain();
    return { title: names[index] ?? lastOperator(plan), plan };
  });
}

/** An output without a name of its own is called as the last operator before it. */
function lastOperator(plan: string): string {
  const stages = plan.match(/^stage \d+: .*(?= \[)/gm) ?? [];
  const last = stages.at(-1)?.split(" -> ").at(-1) ?? "";
  return last.replace(/^stage \d+: /, "").replace(/ \((?:merge|combine)\)$/, "");
}

async function load({ code, kernel, shape, source, linesPerSecond }: Load): Promise<void> {
  const opened = open(source, shape);
  desk.kernel = kernel;
  desk.clock = new ManualClock(Math.floor(Date.now() / 1000) * 1000);
  desk.rows = (output, read) => void tables.set(output, tableOf(read));
  const isStarted = new Promise<StreamingContext>((resolve, reject) => {
    desk.started = (context, start) => start.then(() => resolve(context), reject);
  });
  module = moduleOf(code);
  // A program may await the end of its context at its top level: what counts is that it starts one.
  const imported: Promise<unknown> = import(module);
  imported.catch(fail);
  const context = await Promise.race([isStarted, imported.then(() => noStart(isStarted))]);
  const printed = printedNames(code);
  if (printed.length === desk.printed.length) names = printed;
  context.awaitTermination().then(() => tell({ type: "ended", why: "The program has stopped its context." }), fail);
  drive(context, await opened, linesPerSecond);
}

/** A program that has run to its end should have started a context by then, or be about to. */
async function noStart(isStarted: Promise<StreamingContext>): Promise<StreamingContext> {
  const soon = new Promise<undefined>((resolve) => setTimeout(resolve, 3_000));
  const context = await Promise.race([isStarted, soon]);
  if (context) return context;
  throw new Error("The program has come to its end and has started no StreamingContext: it should call start().");
}

function open(source: SourceChoice, shape: Load["shape"]): Promise<Source> {
  if (source.kind === "file") return fileSource(source.file);
  return source.kind === "live" ? liveSource(shape) : Promise.resolve(generator(shape));
}

function drive(context: StreamingContext, source: Source, linesPerSecond: number): void {
  const outputs = outputPlans();
  plansSent = JSON.stringify(outputs);
  const intervalMs = context.batchInterval.milliseconds;
  tell({ type: "source", about: source.about, isFallback: source.isFallback, sample: source.sample });
  tell({ type: "started", outputs, intervalMs });
  driver = new Driver(
    {
      clock: desk.clock!,
      inputs: desk.inputs,
      source,
      intervalMs,
      takeTables() {
        const taken = tables;
        tables = new Map();
        return taken;
      },
      done(report) {
        if (hasFailed) return;
        tell({ type: "batch", report });
        tellPlans();
      },
      ended: () => tell({ type: "ended", why: "The file has come to its end." }),
    },
    linesPerSecond,
  );
  for (const message of waiting.splice(0)) receive(message);
}

/** What a `transform` does is known when it has run. */
function tellPlans(): void {
  const outputs = outputPlans();
  const text = JSON.stringify(outputs);
  if (text === plansSent) return;
  plansSent = text;
  tell({ type: "plans", outputs });
}

function receive(message: ToWorker): void {
  if (message.type === "load") {
    load(message).catch(fail);
    return;
  }
  if (driver === undefined) {
    waiting = [...waiting, message];
    return;
  }
  switch (message.type) {
    case "go":
      driver.go();
      break;
    case "pause":
      driver.pause();
      break;
    case "step":
      driver.step();
      break;
    case "rate":
      driver.linesPerSecond = message.linesPerSecond;
  }
}

for (const name of ["log", "info", "warn", "error"] as const) {
  console[name] = (...values: unknown[]) => tell({ type: "log", text: values.map(String).join(" ") });
}
self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => receive(data));
self.addEventListener("error", ({ error, message }) => fail(error ?? message));
self.addEventListener("unhandledrejection", ({ reason }) => fail(reason));
tell({ type: "ready" });
