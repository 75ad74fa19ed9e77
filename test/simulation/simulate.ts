import { createHash } from "node:crypto";
import type { CrashStore, StorageFault } from "millrace/testing";
import { type Batch, expectedRows, textOf } from "./oracle.js";
import { type Pair, SINK_NAMES, type SinkName } from "./pipelines.js";
import { FOLDER, INTERVAL_MS, type Program, type Seen, SimulatedProcess, type World } from "./process.js";
import { Ledger, Peer } from "./sources.js";
import { pump } from "./virtual-host.js";

export interface SimulationOptions {
  readonly seed: number;
  readonly batchCount: number;
}

export interface SimulationResult {
  readonly problems: readonly string[];
  readonly batches: number;
  readonly crashes: number;
  /** Of all that happened: the same for the same seed. */
  readonly hash: string;
  /** All that happened, and the program. */
  readonly events: readonly string[];
}

/** What a context may end with where its storage fails, or another process has taken its job. */
const ENDS: ReadonlySet<unknown> = new Set([
  "storage-failed",
  "storage-full",
  "fd-limit",
  "store-failed",
  "fenced",
  "locked",
]);
const FAULTS: readonly StorageFault[] = ["eio", "enospc", "edquot", "emfile", "short-write", "fsync-once"];
const CRASHES_MAX = 400;

/** A random program under random faults, and what it must give: all that happens follows from the seed. */
export async function simulate(world: World, options: SimulationOptions): Promise<SimulationResult> {
  const simulation = new Simulation(world, options);
  try {
    await simulation.run();
  } catch (error) {
    simulation.problems.push(String(error instanceof Error ? (error.stack ?? error) : error));
  }
  return simulation.result();
}

class Simulation {
  readonly problems: string[] = [];
  #powerCuts = 0;
  readonly #world: World;
  readonly #options: SimulationOptions;
  readonly #random: () => number;
  readonly #ledger = new Ledger();
  readonly #peer: Peer;
  readonly #program: Program;
  readonly #seen: Seen[] = [];
  readonly #events: string[] = [];
  readonly #faultRate: number;
  readonly #crashRate: number;
  readonly #hasReceiver: boolean;
  #store: CrashStore;
  #process: SimulatedProcess | undefined;
  #processes = 0;
  #crashes = 0;
  #records = 0;
  #nowMs = 0;
  #isCalm = false;
  /** The batch that was done last, and the process that did it. */
  #done = { timeMs: 0, process: 0 };
  #fullCalls = 0;

  constructor(world: World, options: SimulationOptions) {
    this.#world = world;
    this.#options = options;
    const { seededRandom, CrashStore } = world.library;
    this.#random = seededRandom(options.seed);
    world.host.reset(seededRandom(options.seed ^ 0x5bd1e995));
    const isLogged = this.#chance(0.5);
    this.#peer = new Peer(this.#ledger, isLogged);
    this.#hasReceiver = this.#chance(0.5);
    const sinks = SINK_NAMES.filter((name) => name !== "raw" && this.#chance(0.3));
    this.#program = {
      sinks: ["raw", ...sinks],
      isLogged,
      readsFiles: this.#chance(0.3),
      ...(this.#hasReceiver && { receiver: (hasEnded: () => boolean) => this.#peer.receiver(world.library, hasEnded) }),
    };
    this.#events.push(JSON.stringify({ ...this.#program, hasReceiver: this.#hasReceiver }));
    this.#faultRate = this.#chance(0.5) ? 0.01 * this.#random() : 0;
    this.#crashRate = 0.02 + 0.2 * this.#random();
    this.#store = new CrashStore({ keepsTrace: false, fault: () => this.#fault() });
  }

  async run(): Promise<void> {
    while (this.#batchCount() < this.#options.batchCount && this.#crashes < CRASHES_MAX) await this.#step();
    this.#isCalm = true;
    for (let batch = 0; batch < 4; batch += 1) {
      await this.#begin();
      await this.#whole("advance", this.#process!.advance(INTERVAL_MS));
    }
    if (this.#peer.left > 0) this.problems.push(`${this.#peer.left} records of the service were never taken`);
    await this.#whole("stop", this.#process!.stop());
    this.#check();
  }

  result(): SimulationResult {
    this.#process?.end();
    const { problems } = this;
    const hash = createHash("sha1").update(this.#events.join("\n")).digest("hex");
    return { problems, batches: this.#batchCount(), crashes: this.#crashes, hash, events: this.#events };
  }

  async #step(): Promise<void> {
    await this.#begin();
    const process = this.#process;
    if (!process?.isRunning) return;
    const roll = this.#random();
    if (roll < 0.3) await this.#push(process);
    else if (roll < 0.4 && this.#hasReceiver) this.#peer.offer(this.#draw());
    else if (roll < 0.43 && this.#hasReceiver) this.#peer.disconnect();
    else if (roll < 0.48 && this.#program.readsFiles) this.#putFile(process);
    else if (roll < 0.51) await this.#beOvertaken(process);
    else await this.#advance(process);
  }

  /** A process runs, unless it was ended while it began. */
  async #begin(): Promise<void> {
    if (this.#process?.isRunning) return;
    if (this.#process) this.#ended(this.#process);
    if (this.#chance(0.2)) this.#nowMs += INTERVAL_MS * (1 + this.#below(4));
    // Each process opens the folder for itself.
    this.#store = new this.#world.library.CrashStore(this.#store);
    this.#processes += 1;
    const process = new SimulatedProcess(this.#world, {
      program: this.#program,
      store: this.#store,
      number: this.#processes,
      startMs: this.#nowMs,
      seen: (seen) => this.#saw(seen),
    });
    this.#process = process;
    const begun = await this.#unlessCrashed("begin", process, process.begin());
    if (begun === "failed" && this.#isCalm) throw new Error(`the job does not go on: ${String(process.error)}`);
    this.#nowMs = Math.max(this.#nowMs, process.nowMs);
  }

  async #push(process: SimulatedProcess): Promise<void> {
    const records = this.#draw();
    if (records.length === 0) return;
    this.#ledger.sent(records);
    const outcome = await this.#unlessCrashed("push", process, process.push(records));
    this.#events.push(`pushed ${JSON.stringify(records)} ${outcome}`);
    if (outcome === "done") this.#ledger.accepted(records, this.#program.isLogged);
  }

  async #advance(process: SimulatedProcess): Promise<void> {
    const ms = INTERVAL_MS * (this.#chance(0.1) ? 1 + this.#below(5) : 1);
    const known = this.#ledger.volatile();
    const outcome = await this.#unlessCrashed("advance", process, process.advance(ms));
    this.#nowMs = Math.max(this.#nowMs, process.nowMs);
    if (outcome === "done" && process.isRunning) this.#batchDone(known);
  }

  #batchDone(known: readonly number[]): void {
    this.#ledger.batchDone(known);
    this.#done = { timeMs: Math.max(0, ...this.#seen.map(({ timeMs }) => timeMs)), process: this.#processes };
  }

  #putFile(process: SimulatedProcess): void {
    const records = this.#draw();
    if (records.length === 0) return;
    this.#ledger.sent(records);
    this.#ledger.accepted(records, true);
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
    this.#events.push(`file ${text}`);
    this.#world.host.files.put(`${FOLDER}/${this.#records}`, text, Math.max(1, process.nowMs));
  }

  /** Another process takes the job from one that is held up, and then goes on. */
  async #beOvertaken(zombie: SimulatedProcess): Promise<void> {
    const { host, library } = this.#world;
    const late = this.#draw();
    this.#ledger.sent(late);
    const resume = this.#store.suspend();
    const pushed = late.length > 0 ? zombie.push(late).catch(() => {}) : undefined;
    const moved = zombie.advance(INTERVAL_MS).catch(() => {});
    for (let turns = this.#below(300); turns > 0; turns -= 1) await Promise.resolve();
    this.#store = new library.CrashStore(this.#store);
    this.#process = undefined;
    this.#ledger.ended();
    const powerCuts = this.#powerCuts;
    await this.#begin();
    if (powerCuts < this.#powerCuts) zombie.end();
    resume();
    await pump(host, Promise.all([pushed, moved]));
    const isOver = this.#process !== undefined && (this.#process as SimulatedProcess).isRunning;
    if (isOver && zombie.isRunning) this.problems.push("a process whose job another one has goes on");
    this.#events.push(`zombie ${codeOf(zombie.error)}`);
    zombie.end();
    // Whatever it alone knew, since then too.
    this.#ledger.ended();
  }

  /** Does something that is ended at any point by chance: by the end of the process, or of the power. */
  async #unlessCrashed(
    what: string,
    process: SimulatedProcess,
    work: Promise<void>,
  ): Promise<"done" | "failed" | "crashed"> {
    work.catch(() => {});
    if (this.#isCalm || !this.#chance(this.#crashRate)) return this.#whole(what, work);
    const turns = Math.floor(2 ** (this.#random() * 11));
    let isDone = false;
    work.then(
      () => {
        isDone = true;
      },
      () => {},
    );
    for (let turn = 0; turn < turns && !isDone; turn += 1) {
      await Promise.resolve();
      if (turn % 200 === 199) this.#world.host.fireNext();
    }
    process.end();
    const kind = this.#chance(0.5) ? "power" : "kill";
    this.#store = this.#store.crash({ kind, random: this.#random });
    this.#crashes += 1;
    if (kind === "power") this.#powerCuts += 1;
    this.#events.push(`${what} ${kind} ${turns}`);
    this.#ended(process);
    return "crashed";
  }

  async #whole(what: string, work: Promise<void>): Promise<"done" | "failed"> {
    try {
      await pump(this.#world.host, work);
      this.#events.push(what);
      return "done";
    } catch (error) {
      this.#events.push(`${what} ${codeOf(error)}`);
      const { error: end } = this.#process!;
      if (end === undefined && !ENDS.has(codeOf(error))) throw error;
      return "failed";
    }
  }

  #ended(process: SimulatedProcess): void {
    const { error } = process;
    if (error !== undefined && !ENDS.has(codeOf(error)) && !String(error).includes("has ended"))
      this.problems.push(`a context ended with ${String(error)}`);
    process.end();
    this.#ledger.ended();
    this.#process = undefined;
  }

  #saw(seen: Seen): void {
    this.#seen.push(seen);
    if (seen.process > this.#done.process && seen.timeMs <= this.#done.timeMs)
      this.problems.push(`the batch of ${seen.timeMs} runs again, which was done`);
    this.#events.push(`${seen.sink} ${seen.timeMs} ${seen.attempt} ${JSON.stringify(seen.rows)}`);
  }

  /** A fault of the disk: now and then, and where it is full for a while. */
  #fault(): StorageFault | undefined {
    if (this.#isCalm) return undefined;
    if (this.#fullCalls > 0) {
      this.#fullCalls -= 1;
      return "enospc";
    }
    if (this.#faultRate === 0 || !this.#chance(this.#faultRate)) return undefined;
    if (this.#chance(0.1)) this.#fullCalls = this.#below(40);
    return FAULTS[this.#below(FAULTS.length)];
  }

  #batchCount(): number {
    return this.#seen.reduce((last, { timeMs }) => Math.max(last, timeMs), 0) / INTERVAL_MS;
  }

  #check(): void {
    const attempts = [...this.#seen].sort((a, b) => a.process - b.process);
    const first = new Map<string, Seen>();
    for (const seen of attempts) {
      const { sink, timeMs, attempt, process, rows } = seen;
      const before = first.get(`${sink} ${timeMs}`);
      if (before === undefined) first.set(`${sink} ${timeMs}`, seen);
      else if (textOf(before.rows) !== textOf(rows))
        this.problems.push(
          `${sink} at ${timeMs}: ${textOf(rows)} in attempt ${attempt}, ${textOf(before.rows)} before`,
        );
      else if (process > before.process && attempt <= before.attempt)
        this.problems.push(`${sink} at ${timeMs}: attempt ${attempt} after ${before.attempt}`);
    }
    this.#checkBatches(first);
  }

  #checkBatches(first: ReadonlyMap<string, Seen>): void {
    const times = [...first.values()].filter(({ sink }) => sink === "raw").map(({ timeMs }) => timeMs);
    times.sort((a, b) => a - b);
    const batches: Batch[] = [];
    for (const timeMs of times) {
      const { rows } = first.get(`raw ${timeMs}`)!;
      if (batches.length > 0 && timeMs !== batches.at(-1)!.timeMs + INTERVAL_MS)
        this.problems.push(`the batch of ${timeMs} comes after that of ${batches.at(-1)!.timeMs}`);
      batches.push({ timeMs, rows: rows as Pair[] });
      for (const sink of this.#program.sinks) this.#checkSink(sink, batches, first.get(`${sink} ${timeMs}`));
    }
    this.problems.push(...this.#ledger.problems(batches.flatMap(({ rows }) => rows)));
  }

  #checkSink(sink: SinkName, batches: readonly Batch[], seen: Seen | undefined): void {
    const expected = expectedRows(sink, batches);
    const text = (rows: readonly unknown[] | undefined) => (rows === undefined ? "nothing" : textOf(rows));
    if (text(expected) !== text(seen?.rows))
      this.problems.push(`${sink} at ${batches.at(-1)!.timeMs}: ${text(seen?.rows)}, not ${text(expected)}`);
  }

  #draw(): Pair[] {
    return Array.from(
      { length: this.#below(5) },
      (): Pair => ["abcde"[this.#below(5)]!, this.#records++ * 16 + this.#below(16)],
    );
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | undefined)?.code ?? String(error);
}
