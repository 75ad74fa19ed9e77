import type { InputBlock } from "../block/block.js";
import { Door } from "../door.js";
import { ConfigError } from "../errors.js";
import type { Host } from "../host.js";
import { compileKernel, hasSimd, type KernelModule } from "../kernel/artefact.js";
import { ensureLowering, type LoadedLowering, loweringLoaded, useLowering } from "../lowering/door.js";
import { checkOptionNames, type OptionNames } from "../option-names.js";
import type { Dataset, SourceDataset } from "../plan/dataset.js";
import { PARTITION_COUNT_MAX } from "../plan/partitioner.js";
import type { BatchScope } from "../plan/scope.js";
import type { StreamNode } from "../plan/stream-node.js";
import type { Accumulator } from "./accumulator.js";
import type { ClosureLimits } from "./closure-rounds.js";
import { cutRows } from "./cut.js";
import type { JobOptions } from "./job.js";
import { threadsOf } from "./master.js";
import { insideWorkerError, isWorker } from "./program/inside-worker.js";
import type { RunningEngine } from "./running-engine.js";
import { StageTimes } from "./stage-times.js";
import type { StoredPartition } from "./storage.js";
import type { Threads } from "./threads.js";

/** How jobs are run. */
export interface EngineOptions {
  /** `"local"` = `"local[1]"`, `"local[4]"`, `"local[*]"` = one thread per core. Default `"local[*]"`. */
  master?: string;
  /** For monitoring. Default "millrace". */
  appName?: string;
  /** Partitions of a shuffle where none is given. Default: the number of threads. */
  defaultParallelism?: number;
  /** Bytes that the kernel's memory of each thread may grow to; a batch that needs more fails. Default 2 GiB, at most 65,535 pages. */
  kernelBytesMax?: number;
  /** Bytes of persisted partitions held in memory, over all RDDs and streams. Default 512 MiB. */
  storageBytesMax?: number;
  /** Whether lambdas run in the kernel where that is proven right (default), or always as JavaScript: same results, for comparisons. */
  lowering?: boolean;
  /**
   * Where workers find closures: an ES module whose default export is `(ssc: StreamingContext) => void`, and which has no effects. The context calls that
   * function itself, before anything else is added to it. Default: closures run on the host's thread. A context that is given an engine may have one of its own.
   */
  program?: string | URL;
  /**
   * The kernel, where it is not to come with the package's modules, in base64: `millrace/kernel.wasm` (`millrace/kernel-scalar.wasm` where there is no SIMD)
   * as its bytes or, in hosts that compile none, as a compiled module, which runs on one thread's memory; or a promise of that.
   */
  kernelModule?: KernelModule | PromiseLike<KernelModule>;
}

/** The names of an engine's options. */
export const ENGINE_OPTIONS: OptionNames<EngineOptions> = {
  master: true,
  appName: true,
  defaultParallelism: true,
  kernelBytesMax: true,
  storageBytesMax: true,
  lowering: true,
  program: true,
  kernelModule: true,
};

const KERNEL_BYTES_MAX = 2 ** 31;
const STORAGE_BYTES_MAX = 512 * 2 ** 20;
const PROBE_SEED_BYTES = 24;

const running = /* @__PURE__ */ new Door("runs jobs", () => import("./running.js"));

/** What runs jobs: threads with their kernels. Starts when first needed. */
export class LocalEngine {
  readonly defaultParallelism: number;
  readonly appName: string;
  /** @internal */
  readonly host: Host;
  /** @internal Whether lambdas run in the kernel where they can. */
  readonly lowering: boolean;
  /** @internal The module where workers find closures. */
  readonly program: string | undefined;
  /** @internal What the tasks of each kind of stage took. */
  readonly stages = new StageTimes();
  /** Those who want to know of each accumulator that is made. */
  readonly #recordings = new Set<Array<Accumulator<unknown, unknown>>>();
  readonly #threadCount: number;
  readonly #kernelBytesMax: number;
  readonly #storageBytesMax: number;
  readonly #kernelModule: EngineOptions["kernelModule"];
  /** Parts of the library that operators run with, and that are not loaded yet. */
  readonly #needed = new Set<Door<object>>();
  #starting: Promise<void> | undefined;
  #running: RunningEngine | undefined;
  #stopped = false;

  /** @internal */
  constructor(given: EngineOptions, host: Host) {
    checkOptionNames("an Engine", given, ENGINE_OPTIONS);
    const { master = "local[*]", appName = "millrace", ...options } = given;
    this.host = host;
    this.appName = appName;
    this.program = programUrl(options.program);
    this.#kernelModule = options.kernelModule;
    this.#threadCount = threadsOf(master, host.cores);
    this.defaultParallelism = positive(
      options.defaultParallelism ?? this.#threadCount,
      "defaultParallelism",
      PARTITION_COUNT_MAX,
    );
    this.#kernelBytesMax = positive(options.kernelBytesMax ?? KERNEL_BYTES_MAX, "kernelBytesMax", 2 ** 32);
    this.lowering = options.lowering ?? true;
    if (typeof this.lowering !== "boolean") {
      throw new ConfigError(`lowering must be true or false, got ${String(options.lowering)}.`, {
        code: "invalid-option",
        details: { option: "lowering", got: options.lowering },
      });
    }
    this.#storageBytesMax = positive(
      options.storageBytesMax ?? STORAGE_BYTES_MAX,
      "storageBytesMax",
      Number.MAX_SAFE_INTEGER,
    );
  }

  /** @internal What it may hold: in the kernel's memories of all threads together, and in persisted partitions. */
  get memoryLimits(): { readonly kernelBytesMax: number; readonly storageBytesMax: number } {
    return { kernelBytesMax: this.#kernelBytesMax * this.#threadCount, storageBytesMax: this.#storageBytesMax };
  }

  /** @internal All accumulators that are made until the returned function is called, which returns them. */
  recordAccumulators(): () => ReadonlyArray<Accumulator<unknown, unknown>> {
    const made: Array<Accumulator<unknown, unknown>> = [];
    this.#recordings.add(made);
    return () => {
      this.#recordings.delete(made);
      return made;
    };
  }

  /** @internal Tells those who record accumulators of one. */
  protected recorded<T, In>(accumulator: Accumulator<T, In>): Accumulator<T, In> {
    for (const recording of this.#recordings) recording.push(accumulator as unknown as Accumulator<unknown, unknown>);
    return accumulator;
  }

  /** @internal Threads that run closures of a program: 1 where there are no workers. */
  get threadCount(): number {
    return this.isStarted ? this.threads.workerCount + 1 : this.#threadCount;
  }

  /** @internal For `explain()`: the threads that run closures of a context's stage. */
  threadsFor(
    operators: ReadonlyArray<{ readonly name: string; readonly operator: object }>,
    hasProgram: boolean,
    inWorkersAlone: boolean,
  ): string {
    const { threadCount } = this;
    if (threadCount === 1) return "the host's, the only one";
    if (!hasProgram) return "the host's, which nothing can interrupt: workers have no closures without a program";
    const programs = this.#running?.programs;
    const own = programs?.isEmpty === false && operators.find(({ operator }) => !programs.mayPlace(operator));
    if (own) {
      const why = programs.isKeptHere(own.operator)
        ? `what ${own.name} makes cannot leave its thread`
        : `the program does not make ${own.name}`;
      return `the host's, which nothing can interrupt: ${why}`;
    }
    const which = inWorkersAlone
      ? `${threadCount - 1} beside the host's, each of which batchTimeout ends`
      : `${threadCount}, of which batchTimeout ends all but the host's`;
    return `${which}, where rows are received text, frames of the kernel or bytes from other closures; else the host's`;
  }

  /**
   * @internal Lets the workers build the graph of a program, which are the first of `nodes`; returns a function that makes them forget it. Rejects with a
   * `ConfigError` where the program cannot be imported or has another graph.
   */
  async loadProgram(
    url: string,
    nodes: readonly StreamNode[],
    accumulators: ReadonlyArray<Accumulator<unknown, unknown>>,
    batchIntervalMs: number,
    limits: ClosureLimits,
  ): Promise<() => void> {
    const context = { batchIntervalMs, defaultParallelism: this.defaultParallelism };
    const forget = await this.running.loadProgram(url, nodes, accumulators, context, limits);
    return () => {
      if (this.isStarted) forget();
    };
  }

  /** @internal Loads what runs jobs, the kernel and what lowers lambdas, and starts the workers, once. */
  start(): Promise<void> {
    if (this.#stopped) return Promise.reject(stoppedError(true));
    if (isWorker()) return Promise.reject(insideWorkerError("An engine"));
    this.#starting ??= this.#start();
    return this.#needed.size === 0 ? this.#starting : Promise.all([this.#starting, this.loadNeeds()]).then(() => {});
  }

  /** @internal Some operator runs with a part of the library: it is loaded at the start or, after that, before the next job. */
  needs(part: Door<object>): void {
    if (!part.isOpen) this.#needed.add(part);
  }

  /** @internal Loads the parts that operators need, which start() does where jobs run. */
  async loadNeeds(): Promise<void> {
    const parts = [...this.#needed];
    await Promise.all(parts.map((part) => part.open()));
    for (const part of parts) this.#needed.delete(part);
  }

  /** @internal Loads what lowers lambdas at once where the host can; elsewhere it comes with `start()`. */
  loadLowering(): void {
    if (loweringLoaded() || !this.host.loadLowering) return;
    try {
      useLowering(this.host.loadLowering() as LoadedLowering);
    } catch {
      // start() loads it in the way that every host has, and says what is wrong if that fails too.
    }
  }

  /** @internal What the engine has from its start on; what is persisted stays to be read when it has stopped. */
  get running(): RunningEngine {
    if (this.#running === undefined) throw stoppedError(this.#stopped);
    return this.#running;
  }

  /** @internal The threads of a started engine. */
  get threads(): Threads {
    if (!this.isStarted) throw stoppedError(this.#stopped);
    return this.running.threads;
  }

  /** @internal */
  get isStarted(): boolean {
    return this.#running !== undefined && !this.#stopped;
  }

  /** @internal Runs a job, as `engine/job.ts` says, once the engine has started. */
  runJob<R>(dataset: Dataset, scope: BatchScope, options: JobOptions<R>): Promise<R[]> {
    return scope.hold(this.start().then(() => running.module.runJob(this, dataset, scope, options)));
  }

  /** @internal `rows` cut into partitions: of n rows, partition p of P has those from floor(p n / P) up to floor((p + 1) n / P). */
  rowsDataset(rows: Iterable<unknown>, partitions = this.defaultParallelism): SourceDataset {
    return {
      kind: "source",
      scope: undefined,
      partitions: cutRows([...rows], partitions).map((part): readonly InputBlock[] => [{ kind: "rows", rows: part }]),
    };
  }

  /** @internal Ends a scope, and gives back what it holds once nobody reads it. */
  release(scope: BatchScope): void {
    scope.release(({ blocks, made }) => {
      if (this.isStarted) this.threads.free(blocks);
      for (const { stored } of made)
        for (const partition of stored) if (partition) this.running.storage.free(partition as StoredPartition);
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#starting?.catch(() => {});
    await this.#running?.threads.stop();
    await this.#running?.storage.close();
  }

  async #start(): Promise<void> {
    const workers = this.host.startWorker ? this.#threadCount - 1 : 0;
    if (workers < this.#threadCount - 1) {
      this.host.warn(`millrace: this host has no worker threads; ${this.#threadCount} partitions run on one thread.`);
    }
    const { simd = hasSimd(), sharesMemory = false, fromBase64 } = this.host;
    const given = this.#kernelModule ?? this.host.kernelModule;
    // The kernel compiles on another thread while this one loads what runs jobs and what lowers lambdas.
    const compiling = compileKernel({ shared: workers > 0 && sharesMemory, simd, fromBase64, given });
    const opening = running.open();
    if (this.lowering) this.loadLowering();
    const [compiled, { RunningEngine }] = await Promise.all([compiling, opening, this.lowering && ensureLowering()]);
    const kernel = { ...compiled, bytesMax: this.#kernelBytesMax, probeSeed: probeSeed(this.host) };
    const engine = new RunningEngine(this, kernel, this.#storageBytesMax);
    await engine.threads.startWorkers(workers).catch((error: unknown) => {
      this.host.warn(
        `millrace: workers cannot start here, ${this.#threadCount} partitions run on one thread: ${String(error)} ` +
          "(A bundle needs the package's worker beside it: see docs/hosts.md.)",
      );
    });
    this.#running = engine;
  }
}

/** The address of a program module. Throws a `ConfigError` "invalid-option" where it is none. */
export function programUrl(program: string | URL | undefined): string | undefined {
  if (program === undefined) return undefined;
  if (program instanceof URL || (typeof program === "string" && URL.canParse(program))) return String(program);
  throw new ConfigError(
    `program must be the URL of a module, got ${JSON.stringify(program)}: give import.meta.url, or new URL("./program.js", import.meta.url).`,
    { code: "invalid-option", details: { option: "program", got: program } },
  );
}

/** Three odd multipliers with high bits set somewhere: chance makes a weak one all but impossible. */
function probeSeed(host: Host): Uint8Array {
  const seed = host.randomBytes(PROBE_SEED_BYTES);
  for (let i = 0; i < PROBE_SEED_BYTES; i += 8) seed[i]! |= 1;
  return seed;
}

function positive(value: number, name: string, max: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
  throw new ConfigError(`${name} must be a whole number from 1 to ${max}, got ${String(value)}.`, {
    code: "invalid-option",
    details: { option: name, got: value },
  });
}

function stoppedError(stopped: boolean): ConfigError {
  return stopped
    ? new ConfigError("The engine was stopped and runs nothing any more: make a new one.", { code: "engine-stopped" })
    : new ConfigError("The engine has not started yet.", { code: "engine-not-started" });
}
