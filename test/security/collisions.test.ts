import { expect, test } from "vitest";
import { abi } from "#kernel";
import { murmur3, STRING_SEED } from "../../src/block/partition-hash.js";
import { GroupSink } from "../../src/kernel/group-sink.js";
import { Kernel } from "../../src/kernel/kernel.js";
import { kernelOptions, put } from "../support/kernel.js";
import { random } from "../support/property.js";

/** Doublings: so many pairs of pieces make 2^17 keys. */
const PAIRS = 17;
/** Two words of murmur3: one alone never collides. */
const PIECE_BYTES = 8;
const SLOT_BYTES = 4;

const encoder = new TextEncoder();

/** FNV-1a of 32 bits, by Fowler, Noll and Vo. */
function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The hash of Java's strings. */
function java(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash >>> 0;
}

function partition(text: string): number {
  const bytes = encoder.encode(text);
  return murmur3(bytes, bytes.length, STRING_SEED);
}

/**
 * Keys of one length that all have the same hash: pairs of pieces that bring it from one state to the same next one, in all their combinations.
 * **Source:** Joux, "Multicollisions in iterated hash functions" (2004).
 */
function colliding(hash: (text: string) => number, next: () => number): string[] {
  let keys = [""];
  for (let pair = 0; pair < PAIRS; pair++) {
    const seen = new Map<number, string>();
    const [prefix] = keys as [string];
    for (;;) {
      const piece = pieceOf(next);
      const state = hash(prefix + piece);
      const other = seen.get(state);
      if (other !== undefined && other !== piece) {
        keys = keys.flatMap((key) => [key + other, key + piece]);
        break;
      }
      seen.set(state, piece);
    }
  }
  return keys;
}

function pieceOf(next: () => number): string {
  return String.fromCharCode(...Array.from({ length: PIECE_BYTES }, () => 0x30 + Math.floor(next() * 0x4a)));
}

/** Slots that the table looks at to find that a key is not there, on average: what collisions make expensive. */
function probesOf(keys: readonly string[]): number {
  const kernel = new Kernel({ ...kernelOptions(), probeSeed: multipliers(), counters: { bytesIn: 0, bytesOut: 0 } });
  const sink = new GroupSink(
    kernel,
    { key: { kind: "scalar" }, keyRegisters: [0], aggregates: [{ op: "sum", first: 1, value: 1 }] },
    0,
    { keysExpected: 0 },
  );
  const { ptr, bytes } = put(kernel, `${keys.join("\n")}\n`);
  for (let done = 0; done < bytes; ) {
    done += kernel.call("sumUpdateText", sink.statePtr, ptr + done, bytes - done, 0x20, 1);
    if (done < bytes) sink.serve(sink.need);
  }
  expect(sink.count).toBe(keys.length);
  const header = new DataView(kernel.memory.copyOut(sink.statePtr, abi.TABLE_HEADER_BYTES).slice().buffer);
  const slotCount = 2 ** header.getUint32(abi.TABLE_SLOT_BITS, true);
  const slotBytes = kernel.memory.copyOut(header.getUint32(abi.TABLE_SLOTS, true), slotCount * SLOT_BYTES);
  const slots = new Uint32Array(slotBytes.slice().buffer);
  let probes = 0;
  let run = 0;
  for (const slot of slots) {
    run = slot === 0 ? 0 : run + 1;
    probes += 1 + run;
  }
  return probes / slotCount;
}

/** The secret multipliers of an engine, as random as those that engines have. */
function multipliers(): Uint8Array {
  const next = random(11);
  return Uint8Array.from({ length: 24 }, (_, i) => Math.floor(next() * 256) | (i % 8 === 0 ? 1 : 0));
}

test("2^17 keys that were made to collide cost the table at most three times what random keys do", {
  timeout: 240_000,
}, () => {
  const next = random(7);
  const randomKeys = Array.from({ length: 2 ** PAIRS }, () =>
    Array.from({ length: PAIRS }, () => pieceOf(next)).join(""),
  );
  const base = probesOf(randomKeys);
  for (const hash of [partition, fnv, java]) {
    const keys = colliding(hash, next);
    expect(new Set(keys).size).toBe(2 ** PAIRS);
    // They do collide.
    expect(new Set(keys.slice(0, 1000).map(hash)).size).toBe(1);
    expect(probesOf(keys) / base, hash.name).toBeLessThan(3);
  }
});
