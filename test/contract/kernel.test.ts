import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Kernel } from "../../src/kernel/kernel.js";
import { SumTable } from "../../src/kernel/sum-table.js";
import { normaliseText, scanText } from "../../src/kernel/text.js";
import { ARTEFACTS, newKernel, put } from "../support/kernel.js";
import { random } from "../support/property.js";

/** Text of words of many lengths, long ones, broken ones and line ends of all kinds. */
function someText(seed: number): Uint8Array {
  const next = random(seed);
  const parts: Buffer[] = [];
  for (let i = 0; i < 20_000; i++) {
    const word = `${Math.floor(next() * 3000)}${"水é".repeat(Math.floor(next() * 8))}`;
    parts.push(Buffer.from(word), Buffer.from(next() < 0.8 ? " " : next() < 0.5 ? "\n" : "\r\n"));
    if (next() < 0.01) parts.push(Buffer.from([0xe2, 0x82, 0xc3]));
    if (next() < 0.001) parts.push(Buffer.alloc(70_000, 0x78));
  }
  parts.push(Buffer.from("\n"));
  return Uint8Array.from(Buffer.concat(parts));
}

/** Every byte that the kernel makes of a text: the clean text, what a scan finds, and the blocks of sums. */
function products(kernel: Kernel, text: Uint8Array): string[] {
  const { memory } = kernel;
  const hash = (ptr: number, bytes: number) => createHash("sha256").update(memory.copyOut(ptr, bytes)).digest("hex");
  const region = put(kernel, text);
  const clean = normaliseText(kernel, region.ptr, region.bytes);
  const reports = [scanText(kernel, region.ptr, region.bytes), scanText(kernel, clean.ptr, clean.bytes)];
  const table = new SumTable(kernel);
  table.updateText(clean.ptr, clean.bytes, 0x20, 0.1);
  const blocks = table.finish(5);
  const merged = new SumTable(kernel);
  for (const { ptr, rows } of blocks.toReversed()) merged.merge(ptr, rows);
  const whole = merged.finish(1);
  return [
    hash(clean.ptr, clean.bytes),
    JSON.stringify(reports),
    String(kernel.call("tokenizeCount", clean.ptr, clean.bytes, 0x20)),
    ...[...blocks, ...whole].map(({ ptr, bytes }) => hash(ptr, bytes)),
  ];
}

describe("the kernel", () => {
  it.each([1, 2, 3])("makes the same bytes in every artefact (text %i)", (seed) => {
    const text = someText(seed);
    const [first, ...others] = ARTEFACTS.map((artefact) => products(newKernel(artefact), text));
    for (const other of others) expect(other).toEqual(first);
  });

  it("makes the same bytes again, wherever its regions lie and whatever was there before", () => {
    const kernel = newKernel();
    const text = someText(4);
    const first = products(kernel, text);
    kernel.memory.region(kernel.memory.allocate(5_000_000), 5_000_000).fill(0xa5);
    expect(products(kernel, text)).toEqual(first);
  });
});
