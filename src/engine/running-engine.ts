import type { RowsBlock } from "../block/block.js";
import type { KernelOptions } from "../kernel/kernel.js";
import type { BatchScope } from "../plan/scope.js";
import type { StreamNode } from "../plan/stream-node.js";
import type { Accumulator } from "./accumulator.js";
import type { ClosureLimits } from "./closure-rounds.js";
import { sliceOf } from "./cut.js";
import { encodeRows } from "./encode-rows.js";
import { KernelForms } from "./kernel-forms.js";
import { LaidOutRows } from "./laid-out-rows.js";
import { LambdaChecks } from "./lambda-checks.js";
import type { LocalEngine } from "./local-engine.js";
import { identityOf } from "./program/graph-identity.js";
import { Programs } from "./program/programs.js";
import { PartitionStore } from "./storage.js";
import type { KernelInput } from "./task.js";
import { Threads } from "./threads.js";

/** What an engine has from its start on. */
export class RunningEngine {
  readonly threads: Threads;
  /** The programs that workers have. */
  readonly programs = new Programs();
  /** Where persisted partitions are. */
  readonly storage: PartitionStore;
  /** Chains of operators as kernel programs. */
  readonly forms = new KernelForms();
  /** Rows of JavaScript values in columns, for joins with rows that are bytes. */
  readonly laidOut: LaidOutRows;
  /** Looks now and then whether lowered functions do what their source says. */
  readonly checks: LambdaChecks;

  constructor(engine: LocalEngine, kernel: Omit<KernelOptions, "counters">, storageBytesMax: number) {
    this.threads = new Threads(engine.host, kernel, { importsPrograms: engine.program !== undefined });
    this.storage = new PartitionStore(engine.host, { bytesMax: storageBytesMax });
    this.laidOut = new LaidOutRows((scope) => engine.release(scope));
    this.checks = new LambdaChecks(engine);
  }

  /** As `LocalEngine.loadProgram`. */
  async loadProgram(
    url: string,
    nodes: readonly StreamNode[],
    accumulators: ReadonlyArray<Accumulator<unknown, unknown>>,
    context: { readonly batchIntervalMs: number; readonly defaultParallelism: number },
    limits: ClosureLimits,
  ): Promise<() => void> {
    const { threads, programs } = this;
    const program = programs.next();
    const message = { type: "program", program, url, context, streams: identityOf(nodes) } as const;
    const built = await threads.buildProgram(message);
    if (built) programs.add(message, built, nodes, accumulators, limits);
    return () => {
      programs.delete(program);
      threads.forgetProgram(program);
    };
  }

  /** The rows in kernel memory, where they are of one type that it knows; owned by the scope, made once. */
  encode(rows: RowsBlock, scope: BatchScope): KernelInput | undefined {
    if (scope.encoded.has(rows)) return scope.encoded.get(rows);
    const block = this.threads.guard((kernel) => encodeRows(rows.rows, kernel));
    if (block) {
      this.threads.blocks.add(block);
      scope.own(block);
    }
    const input = block && sliceOf(block);
    scope.encoded.set(rows, input);
    return input;
  }
}
