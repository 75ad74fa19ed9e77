import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { abi } from "#kernel";
import type { FrameBlock, MemoryBlock, TextBlock } from "../../../src/block/block.js";
import { sliceOf } from "../../../src/engine/cut.js";
import type { KernelInput, KernelWork } from "../../../src/engine/task.js";
import { Threads } from "../../../src/engine/threads.js";
import type { Work } from "../../../src/engine/worker.js";
import { KernelError } from "../../../src/errors.js";
import type { Host } from "../../../src/host.js";
import { LineBuffer } from "../../../src/receiver/line-buffer.js";
import { fakeHost, kernelOptions, MIB } from "../../support/kernel.js";
import { decodePairs, mergeSums, sumWords } from "../../support/kernel-work.js";

/** Where a debug artefact looks for the number of the table check at which it is to trap. */
const COUNTDOWN = abi.RESERVED_BYTES - 8;
const TASKS = 6;
const text = (task: number) => `word${task} and and word${task}\nand the rest\n`.repeat(50);

const running: Worker[] = [];
const engines: Threads[] = [];

afterEach(async () => {
  await Promise.all(engines.splice(0).map((threads) => threads.stop()));
  await Promise.all(running.splice(0).map((worker) => worker.terminate()));
});

/** A host with real worker threads, which run the program of the built package. */
function threadedHost(): Host {
  return {
    ...fakeHost(),
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    startWorker: (events) => {
      const worker = new Worker(new URL("../../../dist/worker.js", import.meta.url));
      running.push(worker);
      worker.on("message", (message) => events.message(message));
      worker.on("exit", () => events.exited(undefined));
      return {
        post: (message) => worker.postMessage(message),
        keepAlive: () => {},
        terminate: async () => void (await worker.terminate()),
      };
    },
  };
}

async function newEngine(workers: number, bytesMax = 64 * MIB): Promise<Threads> {
  const threads = new Threads(threadedHost(), kernelOptions("debug", bytesMax));
  engines.push(threads);
  await threads.startWorkers(workers);
  return threads;
}

function seal(threads: Threads, content: string): TextBlock {
  const buffer = new LineBuffer(threads);
  buffer.append(new TextEncoder().encode(content));
  const [block] = buffer.seal();
  buffer.free();
  return block!;
}

function task(work: KernelWork, partition: number, ...inputs: KernelInput[]): Work {
  const batch = { id: 1, time: 1000, attempt: 1 };
  return { task: { form: "kernel", work, stage: "test", partition, of: TASKS, batch, attempt: 1 }, inputs };
}

function trapAt(threads: Threads, thread: number, check: number): void {
  threads.memoryOf(thread).view.setUint32(COUNTDOWN, check, true);
}

function pairsOf(threads: Threads, block: FrameBlock): Array<[string, number]> {
  return [...decodePairs(threads.memoryOf(block.home), block.ptr, block.rows)].flat();
}

const SUM = sumWords();

/** Maps every text, merges all of it, and returns the sums; all blocks are given back. */
async function mapAndMerge(threads: Threads, between: () => void = () => {}): Promise<Map<string, number>> {
  const kept: MemoryBlock[] = Array.from({ length: TASKS }, (_, i) => seal(threads, text(i)));
  const keep = (block: MemoryBlock) => void kept.push(block);
  const maps = kept.map((block, i) => task(SUM, i, sliceOf(block as TextBlock)));
  const mapped = await threads.runKernel(maps, keep);
  between();
  const blocks = mapped.flatMap((result) => (result.kind === "frames" ? result.partitions.flat() : []));
  const merges = [0, 1].map((i) => task(mergeSums(), i, ...blocks));
  const merged = await threads.runKernel(merges, keep);
  const [first, second] = merged.map((result) =>
    result.kind === "frames" ? pairsOf(threads, result.partitions[0]![0]!) : [],
  );
  expect(second).toEqual(first);
  threads.free(kept);
  expect(threads.blocks.size).toBe(0);
  return new Map(first);
}

const SUMS = new Map<string, number>([
  ...Array.from({ length: TASKS }, (_, i) => [`word${i}`, 100] as const),
  ["and", 150 * TASKS],
  ["the", 50 * TASKS],
  ["rest", 50 * TASKS],
]);

describe("workers", () => {
  it("share the tasks of a round and read each other's blocks", async () => {
    const threads = await newEngine(2);
    for (let i = 0; i < 20; i++) expect(await mapAndMerge(threads)).toEqual(SUMS);
  });

  it.each([1, 2, 3, 5, 8])(
    "a trap at check %i of a worker rebuilds its memory, and the round runs again",
    async (check) => {
      const threads = await newEngine(2);
      const { memory } = threads.memoryOf(1);
      // Planted in every worker, so that whichever gets a task first meets it; the host's thread has none.
      for (const thread of [1, 2]) trapAt(threads, thread, check);
      for (let i = 0; i < 30 && threads.memoryOf(1).memory === memory; i++) {
        expect(await mapAndMerge(threads)).toEqual(SUMS);
      }
      expect(threads.memoryOf(1).memory).not.toBe(memory);
      for (let i = 0; i < 5; i++) expect(await mapAndMerge(threads)).toEqual(SUMS);
    },
  );

  it("a trap between two stages spares what the first one made", async () => {
    const threads = await newEngine(1);
    const { memory } = threads.memoryOf(1);
    for (let i = 0; i < 30 && threads.memoryOf(1).memory === memory; i++) {
      const sums = await mapAndMerge(threads, () => trapAt(threads, 1, 1));
      expect(sums).toEqual(SUMS);
    }
    expect(threads.memoryOf(1).memory).not.toBe(memory);
  });

  it("a worker that is killed is replaced, and nothing is lost", async () => {
    const threads = await newEngine(2);
    for (let i = 0; i < 10; i++) {
      const sums = mapAndMerge(threads, () => void running.at(-1)!.terminate());
      expect(await sums).toEqual(SUMS);
    }
  });

  it("a trap while the host's memory is full loses blocks with a clear error, and the next round works", async () => {
    const threads = await newEngine(1, 8 * MIB);
    const { memory } = threads.memoryOf(1);
    const filler: number[] = [];
    let outcome: unknown;
    for (let i = 0; i < 50 && threads.memoryOf(1).memory === memory; i++) {
      outcome = await mapAndMerge(threads, () => {
        trapAt(threads, 1, 1);
        try {
          for (let bytes = MIB; ; ) filler.push(threads.kernel.memory.allocate(bytes));
        } catch {
          // Full, but for less than a MiB.
        }
      }).catch((error: unknown) => error);
      for (const ptr of filler.splice(0)) threads.kernel.memory.free(ptr);
    }
    expect(threads.memoryOf(1).memory).not.toBe(memory);
    if (!(outcome instanceof Map)) expect(outcome).toBeInstanceOf(KernelError);
    expect(await mapAndMerge(await newEngine(1))).toEqual(SUMS);
  });
});
