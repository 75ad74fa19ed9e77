import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import type { FrameBlock, MemoryBlock, TextBlock } from "../../../src/block/block.js";
import { decodeLines } from "../../../src/block/decode.js";
import { sliceOf } from "../../../src/engine/cut.js";
import { addressOf, LiveBlocks } from "../../../src/engine/live-blocks.js";
import type { KernelInput, KernelResult, KernelWork, TaskIdentity } from "../../../src/engine/task.js";
import type { Threads } from "../../../src/engine/threads.js";
import { KernelError } from "../../../src/errors.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { LineBuffer } from "../../../src/receiver/line-buffer.js";
import { wordCount } from "../../reference/word-count.js";
import { MIB, newThreads, thrownBy } from "../../support/kernel.js";
import { COUNT_WORDS, decodePairs, mergeSums, sumWords } from "../../support/kernel-work.js";

const encoder = new TextEncoder();
/** Where a debug artefact looks for the number of the table check at which it is to trap. */
const COUNTDOWN = abi.RESERVED_BYTES - 8;
const TRIES = 4;

function trapAt(kernel: Kernel, check: number): void {
  kernel.memory.view.setUint32(COUNTDOWN, check, true);
}

/** Makes every memory that takes another's place trap as well, `times` times. */
function trapAgain(threads: Threads, times: number): () => void {
  let left = times;
  return threads.register({
    relocate: (_, kernel) => {
      if (left-- > 0) trapAt(kernel, 1);
    },
  });
}

function seal(threads: Threads, content: string): TextBlock {
  const buffer = new LineBuffer(threads);
  buffer.append(encoder.encode(content));
  const [block] = buffer.seal();
  buffer.free();
  return block!;
}

const identity: TaskIdentity = {
  stage: "test",
  partition: 0,
  of: 1,
  batch: { id: 1, time: 1000, attempt: 1 },
  attempt: 1,
};
const count = COUNT_WORDS;
const sum = sumWords;
const work = (work: KernelWork, ...inputs: KernelInput[]) => ({
  task: { form: "kernel" as const, work, ...identity },
  inputs,
});

function linesOf(threads: Threads, block: TextBlock): string[] {
  return [...decodeLines(threads.memoryOf(block.home), addressOf(sliceOf(block)), block.bytes)].flat();
}

function pairsOf(threads: Threads, block: FrameBlock): Array<[string, number]> {
  return [...decodePairs(threads.memoryOf(block.home), addressOf(block), block.rows)].flat();
}

function blocksOf(results: readonly KernelResult[]): FrameBlock[] {
  return results.flatMap((result) => (result.kind === "frames" ? result.partitions.flat() : []));
}

/** Runs tasks; what they made is collected in `kept`. */
async function run(threads: Threads, tasks: Parameters<Threads["runKernel"]>[0], kept: MemoryBlock[] = []) {
  return threads.runKernel(tasks, (block) => void kept.push(block));
}

async function rejection(promise: Promise<unknown>): Promise<KernelError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KernelError);
  return error as KernelError;
}

const TEXT = "to be or not to be\na key of more than sixteen bytes: incomprehensibilities\n\n";
const SUMS = [...wordCount(encoder.encode(TEXT), " ", 1)];

describe.each(["unshared", "shared", "debug"] as const)("Threads (%s)", (artefact) => {
  it("runs tasks, each with its result, and keeps what they made", async () => {
    const threads = newThreads(artefact);
    const before = threads.kernel.memory.bytesTaken;
    const block = seal(threads, TEXT);
    const other = seal(threads, "other\n");
    const kept: MemoryBlock[] = [];
    const tasks = [
      work(count, sliceOf(block)),
      work(sum(3), sliceOf(block)),
      work(count),
      work(sum(), sliceOf(other), sliceOf(block)),
    ];
    const results = await run(threads, tasks, kept);
    expect(results[0]).toEqual({ kind: "count", count: SUMS.reduce((all, [, each]) => all + each, 0) });
    expect(results[2]).toEqual({ kind: "count", count: 0 });
    const [a, b, c, all] = blocksOf(results);
    expect(kept).toEqual([a, b, c, all]);
    expect(new Map([a, b, c].flatMap((part) => pairsOf(threads, part!)))).toEqual(new Map(SUMS));
    expect(pairsOf(threads, all!)).toEqual([["other", 1], ...SUMS]);
    expect(threads.blocks.size).toBe(6);
    // Frames merge.
    const [merged, counted] = await run(
      threads,
      [work(mergeSums(), a!, b!, c!, all!), work(count, sliceOf(other))],
      kept,
    );
    expect(new Map(pairsOf(threads, blocksOf([merged!])[0]!)).get("to")).toBe(4);
    expect(counted).toEqual({ kind: "count", count: 1 });
    threads.free([...kept, block, other]);
    expect(threads.blocks.size).toBe(0);
    expect(threads.kernel.memory.bytesTaken).toBe(before);
  });

  it("runs rounds one after the other, in the order in which they were asked for", async () => {
    const threads = newThreads(artefact);
    const block = seal(threads, TEXT);
    const order: number[] = [];
    const rounds = [1, 2, 3].map((round) =>
      run(threads, [work(count, sliceOf(block)), work(sum(), sliceOf(block))]).then(() => order.push(round)),
    );
    await Promise.all(rounds);
    expect(order).toEqual([1, 2, 3]);
  });

  it("fails a round for want of room, keeps what its other tasks made, and goes on", async () => {
    const threads = newThreads(artefact, MIB);
    const before = threads.kernel.memory.bytesTaken;
    const small = seal(threads, TEXT);
    const big = seal(threads, `${Array.from({ length: 20_000 }, (_, i) => i).join("\n")}\n`);
    const kept: MemoryBlock[] = [];
    const tasks = [work(sum(), sliceOf(small)), work(sum(), sliceOf(big)), work(sum(), sliceOf(small))];
    const error = await rejection(run(threads, tasks, kept));
    expect(error).toMatchObject({ code: "memory-limit", details: { bytesMax: MIB, attempts: 1 } });
    expect(kept.length).toBe(2);
    expect(pairsOf(threads, blocksOf(await run(threads, [work(sum(), sliceOf(small))], kept))[0]!)).toEqual(SUMS);
    threads.free([...kept, small, big]);
    expect(threads.kernel.memory.bytesTaken).toBe(before);
  });

  it("stops after the round that runs", async () => {
    const threads = newThreads(artefact);
    const block = seal(threads, TEXT);
    const running = run(threads, [work(count, sliceOf(block))]);
    await threads.stop();
    expect(await running).toHaveLength(1);
  });
});

describe("a trap", () => {
  // Places of a trap: making the table, its first update, adding a segment, finishing.
  it.each([1, 2, 3, 4, 5, 6])("at table check %i costs nothing but time", async (check) => {
    const threads = newThreads("debug");
    const before = threads.kernel.memory.bytesTaken;
    const kept: MemoryBlock[] = [];
    const text = seal(threads, TEXT);
    const dirty = seal(threads, "é\r\u{1f6b0}\r\n");
    const [pairs] = blocksOf(await run(threads, [work(sum(), sliceOf(text))], kept));
    const open = new LineBuffer(threads);
    open.append(encoder.encode("whole\nopen"));
    const { kernel } = threads;
    trapAt(kernel, check);
    const results = await run(
      threads,
      [work(sum(), sliceOf(text)), work(count, sliceOf(text)), work(mergeSums(2), pairs!)],
      kept,
    );
    expect(threads.kernel).not.toBe(kernel);
    expect(pairsOf(threads, blocksOf(results)[0]!)).toEqual(SUMS);
    expect(
      new Map(
        blocksOf(results)
          .slice(1)
          .flatMap((block) => pairsOf(threads, block)),
      ),
    ).toEqual(new Map(SUMS));
    expect(linesOf(threads, text)).toEqual(TEXT.split("\n").slice(0, -1));
    expect(linesOf(threads, dirty)).toEqual(["é", "\u{1f6b0}"]);
    expect(pairsOf(threads, pairs!)).toEqual(SUMS);
    for (const block of [text, dirty, pairs!, ...kept]) expect(block.home).toBe(0);
    open.append(encoder.encode(" line\n"));
    const [lines] = open.seal();
    expect(linesOf(threads, lines!)).toEqual(["whole", "open line"]);
    open.free();
    threads.free([...kept, text, dirty, lines!]);
    expect(threads.blocks.size).toBe(0);
    expect(threads.kernel.memory.bytesTaken).toBe(before);
  });

  it("makes a round count for nothing, whatever tasks of it had made, and runs it again", async () => {
    const threads = newThreads("debug");
    const text = seal(threads, TEXT);
    const kept: MemoryBlock[] = [];
    // How many checks a task takes, found by counting down from many.
    trapAt(threads.kernel, 1_000_000);
    await run(threads, [work(sum(), sliceOf(text))], kept);
    const checks = 1_000_000 - threads.kernel.memory.view.getUint32(COUNTDOWN, true);
    expect(checks).toBeGreaterThan(3);
    const { kernel } = threads;
    trapAt(kernel, 2 * checks + 2);
    const results = await run(
      threads,
      Array.from({ length: 4 }, () => work(sum(), sliceOf(text))),
      kept,
    );
    expect(threads.kernel).not.toBe(kernel);
    // One before; three that were made in vain, and are given back with the others; four that count.
    expect(kept.length).toBe(8);
    for (const block of blocksOf(results)) expect(pairsOf(threads, block)).toEqual(SUMS);
    expect(new Set(blocksOf(results).map(({ ptr }) => ptr)).size).toBe(4);
  });

  it(`${TRIES} times in a row fails the round, and the next one works`, async () => {
    const threads = newThreads("debug");
    const before = threads.kernel.memory.bytesTaken;
    const text = seal(threads, TEXT);
    trapAt(threads.kernel, 1);
    const forget = trapAgain(threads, TRIES - 1);
    const error = await rejection(run(threads, [work(sum(), sliceOf(text))]));
    expect(error).toMatchObject({ code: "trap", details: { function: "groupInit", attempts: TRIES } });
    forget();
    const kept: MemoryBlock[] = [];
    expect(pairsOf(threads, blocksOf(await run(threads, [work(sum(), sliceOf(text))], kept))[0]!)).toEqual(SUMS);
    threads.free([...kept, text]);
    expect(threads.kernel.memory.bytesTaken).toBe(before);
  });

  it(`${TRIES - 1} times in a row is got over`, async () => {
    const threads = newThreads("debug");
    const text = seal(threads, TEXT);
    trapAt(threads.kernel, 2);
    const forget = trapAgain(threads, TRIES - 2);
    const results = await run(threads, [work(sum(), sliceOf(text))]);
    forget();
    expect(pairsOf(threads, blocksOf(results)[0]!)).toEqual(SUMS);
  });

  it.each([
    ["text", "first byte", 0],
    ["text", "last byte", -1],
    ["pairs", "header", 8],
    ["pairs", "directory", 65],
    ["pairs", "keys", 194],
  ] as const)("does not bring back %s whose %s was damaged", async (kind, _, offset) => {
    const threads = newThreads("debug");
    const before = threads.kernel.memory.bytesTaken;
    const kept: MemoryBlock[] = [];
    const text = seal(threads, TEXT);
    const spare = seal(threads, TEXT);
    const [pairs] = blocksOf(await run(threads, [work(sum(), sliceOf(spare))], kept));
    const damaged = kind === "text" ? text : pairs!;
    const at = damaged.ptr + (offset < 0 ? damaged.bytes + offset : offset);
    threads.kernel.memory.view.setUint8(at, threads.kernel.memory.view.getUint8(at) ^ 0x80);
    trapAt(threads.kernel, 1);
    expect(pairsOf(threads, blocksOf(await run(threads, [work(sum(), sliceOf(spare))], kept))[0]!)).toEqual(SUMS);
    expect(LiveBlocks.isLost(damaged)).toBe(true);
    const input = damaged.kind === "text" ? sliceOf(damaged) : damaged;
    const lost = { code: "block-lost", details: { rows: damaged.rows, bytes: damaged.bytes } };
    expect(thrownBy(() => addressOf(input))).toBeInstanceOf(KernelError);
    expect(thrownBy(() => addressOf(input))).toMatchObject(lost);
    for (const program of damaged.kind === "frame" ? [mergeSums()] : [sum(), count]) {
      expect(await rejection(run(threads, [work(program, input)], kept))).toMatchObject(lost);
    }
    expect(linesOf(threads, spare)).toEqual(TEXT.split("\n").slice(0, -1));
    // A lost block stays lost, and has no memory to give back.
    trapAt(threads.kernel, 1);
    await run(threads, [work(sum(), sliceOf(spare))], kept);
    expect(LiveBlocks.isLost(damaged)).toBe(true);
    threads.free([...kept, text, spare]);
    expect(threads.kernel.memory.bytesTaken).toBe(before);
  });

  it("does not bring back text that is all zeros now", async () => {
    const threads = newThreads("debug");
    const text = seal(threads, `${"a".repeat(15)}\n`);
    threads.kernel.memory.region(text.ptr, text.bytes).fill(0);
    trapAt(threads.kernel, 1);
    await run(threads, [work(sum())]);
    expect(LiveBlocks.isLost(text)).toBe(true);
  });
});

describe("guard", () => {
  it("calls again with the kernel that took the place of one which trapped", () => {
    const threads = newThreads("debug");
    const kernels: Kernel[] = [];
    const text = seal(threads, TEXT);
    trapAt(threads.kernel, 1);
    const result = threads.guard((kernel) => {
      kernels.push(kernel);
      expect(kernel).toBe(threads.kernel);
      kernel.call("tableInit", kernel.memory.allocate(128), kernel.probeSeedPtr, kernel.memory.allocate(4096), 10);
      return linesOf(threads, text);
    });
    expect(kernels.length).toBe(2);
    expect(kernels[0]).not.toBe(kernels[1]);
    expect(result).toEqual(TEXT.split("\n").slice(0, -1));
  });

  it(`gives up after ${TRIES} traps, with a kernel that works`, () => {
    const threads = newThreads("debug");
    trapAt(threads.kernel, 1);
    const forget = trapAgain(threads, TRIES - 1);
    let calls = 0;
    const body = (kernel: Kernel) => {
      calls++;
      const table = kernel.memory.allocate(128);
      return kernel.call("tableInit", table, kernel.probeSeedPtr, kernel.memory.allocate(4096), 10);
    };
    expect(thrownBy(() => threads.guard(body))).toMatchObject({ code: "trap" });
    expect(calls).toBe(TRIES);
    forget();
    expect(threads.guard(body)).toBe(0);
  });

  it("throws what is no trap at once", () => {
    const threads = newThreads("debug");
    const { kernel } = threads;
    let calls = 0;
    const error = new Error("mine");
    const body = () => {
      calls++;
      throw error;
    };
    expect(thrownBy(() => threads.guard(body))).toBe(error);
    expect(calls).toBe(1);
    expect(threads.kernel).toBe(kernel);
  });
});
