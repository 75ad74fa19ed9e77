import { batch, computed, signal } from "@preact/signals";
import type { BatchReport, Failure, FromWorker, OutputPlan, Table, ToWorker } from "./messages.js";
import { code, kernel, linesPerSecond, program, source } from "./settings.js";

/** What a run is at. `ready`: nothing runs. */
export type Phase = "ready" | "starting" | "running" | "paused" | "ended" | "failed";

/** A batch as the charts know it. */
export interface Measured {
  readonly inKernel: boolean;
  readonly records: number;
  readonly bytes: number;
  readonly busyMs: number;
  readonly delayMs: number;
  readonly recordsPerSecond: number | undefined;
}

/** Batches that charts show at most. */
export const BATCHES_SHOWN = 90;
const LOG_LINES_MAX = 200;
const STEPS_AGAIN_MAX = 60;

export const phase = signal<Phase>("ready");
export const failure = signal<Failure | undefined>(undefined);
export const ended = signal<string | undefined>(undefined);
export const outputs = signal<readonly OutputPlan[]>([]);
export const tables = signal<ReadonlyMap<number, Table>>(new Map());
/** The batch that was processed last. */
export const latest = signal<BatchReport | undefined>(undefined);
export const batchCount = signal(0);
export const measured = signal<readonly Measured[]>([]);
export const intervalMs = signal(1000);
export const input = signal<Extract<FromWorker, { type: "source" }> | undefined>(undefined);
export const log = signal<readonly string[]>([]);
/** What is running, as it was when it was started. */
const running = signal<{ code: string; kernel: boolean } | undefined>(undefined);

export const isActive = computed(() => ["starting", "running", "paused"].includes(phase.value));
/** Whether what runs is not what the editor has. */
export const isStale = computed(() => isActive.value && running.value?.code !== code.value);

/** Whether what runs, or ran last, does without the kernel. */
export const isOff = computed(() => running.value?.kernel === false);

let worker: Worker | undefined;
/** Whether batches follow each other, once the program is there. */
let goesOn = false;
/** A worker that has loaded the library and has no program yet. */
let spare: Worker | undefined;

function newWorker(): Worker {
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "millrace" });
}

/** Loads the library before it is asked for. */
export function prepare(): void {
  spare ??= newWorker();
}

function tell(message: ToWorker): void {
  worker?.postMessage(message);
}

function go(): void {
  goesOn = true;
  tell({ type: "go" });
}

function load(): void {
  goesOn = false;
  worker?.terminate();
  worker = spare ?? newWorker();
  spare = undefined;
  const mine = worker;
  worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
    // What a worker has said before it was ended may come after that.
    if (mine === worker) batch(() => heard(data));
  });
  worker.addEventListener("error", ({ message }) => {
    if (mine !== worker) return;
    heard({
      type: "failed",
      failure: { name: "Error", code: undefined, message, causes: [], line: undefined, column: undefined },
    });
  });
  batch(() => {
    phase.value = "starting";
    failure.value = undefined;
    ended.value = undefined;
    latest.value = undefined;
    batchCount.value = 0;
    tables.value = new Map();
    outputs.value = [];
    log.value = [];
    running.value = { code: code.value, kernel: kernel.value };
  });
  tell({
    type: "load",
    code: code.value,
    kernel: kernel.value,
    shape: program.value.shape,
    source: source.value,
    linesPerSecond: linesPerSecond.value,
  });
}

/** Runs the editor's program from its beginning. */
export function runAfresh(): void {
  measured.value = [];
  load();
  go();
}

/** Runs, or goes on where it was paused. */
export function run(): void {
  if (phase.value !== "paused" || isStale.value) {
    runAfresh();
    return;
  }
  phase.value = "running";
  go();
}

export function pause(): void {
  goesOn = false;
  if (phase.value === "running") phase.value = "paused";
  tell({ type: "pause" });
}

/** One batch, then it is paused. */
export function step(): void {
  if (!isActive.value || isStale.value) {
    measured.value = [];
    load();
  }
  goesOn = false;
  if (phase.value === "running") phase.value = "paused";
  tell({ type: "step" });
}

/** Ends the run; what it has shown stays. */
export function stop(): void {
  worker?.terminate();
  worker = undefined;
  if (isActive.value) phase.value = "ended";
  prepare();
}

/**
 * Begins again with another kernel setting or source where something runs, by steps as many as there were. The charts go on, so that both can be compared.
 */
export function startAgain(): void {
  if (!isActive.value) return;
  const isRunning = goesOn;
  const steps = Math.min(Math.max(batchCount.value, 1), STEPS_AGAIN_MAX);
  load();
  if (isRunning) go();
  else for (let step = 0; step < steps; step++) tell({ type: "step" });
}

/** Forgets what was shown, as another program is there now. */
export function clear(): void {
  const wasActive = isActive.value;
  stop();
  batch(() => {
    phase.value = "ready";
    failure.value = undefined;
    ended.value = undefined;
    latest.value = undefined;
    batchCount.value = 0;
    measured.value = [];
    tables.value = new Map();
    outputs.value = [];
    input.value = undefined;
    log.value = [];
  });
  if (wasActive) runAfresh();
}

export function tellRate(): void {
  tell({ type: "rate", linesPerSecond: linesPerSecond.value });
}

function heard(message: FromWorker): void {
  switch (message.type) {
    case "ready":
      break;
    case "started":
      outputs.value = message.outputs;
      intervalMs.value = message.intervalMs;
      phase.value = goesOn ? "running" : "paused";
      prepare();
      break;
    case "plans":
      outputs.value = message.outputs;
      break;
    case "source":
      input.value = message;
      break;
    case "batch":
      processed(message.report);
      break;
    case "log":
      log.value = [...log.value, message.text].slice(-LOG_LINES_MAX);
      break;
    case "ended":
      ended.value = message.why;
      stop();
      break;
    case "failed":
      failure.value = message.failure;
      stop();
      phase.value = "failed";
  }
}

function processed(report: BatchReport): void {
  const { records, bytes, busyMs, delayMs, sinceMs } = report;
  latest.value = report;
  batchCount.value++;
  tables.value = new Map([...tables.value, ...report.tables]);
  const recordsPerSecond = sinceMs === undefined ? undefined : (1000 * records) / sinceMs;
  const inKernel = running.value?.kernel ?? true;
  measured.value = [...measured.value, { inKernel, records, bytes, busyMs, delayMs, recordsPerSecond }].slice(
    -BATCHES_SHOWN,
  );
}
