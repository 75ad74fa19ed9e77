import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { MemoryStore, type MillraceError } from "millrace";
import { beforeAll, expect, test } from "vitest";
import { crc32c } from "../../src/block/crc32c.js";
import type { Golden } from "./bit-rot.js";
import { goldenOf } from "./bit-rot.js";
import { contentOf, recover } from "./crash-points.js";
import { library } from "./library.js";
import { SimulatedProcess, type World } from "./process.js";
import { pump, virtualEngine } from "./virtual-host.js";

/** Written once, by the release whose format it is, and never again: `MILLRACE_GOLDEN=write npx vitest run test/simulation/golden.test.ts`. */
const FILE = "test/golden/checkpoint-1.json";
const VERSION_AT = 8;
const HEADER_CRC_AT = 52;
const HEADER_BYTES = 56;

let world: World;
beforeAll(async () => {
  world = { library, ...(await virtualEngine(library, true)) };
  if (process.env.MILLRACE_GOLDEN === "write" && !existsSync(FILE)) await write();
});

/** A checkpoint of 27 batches, and of a process that has received the records of the next one. */
async function write(): Promise<void> {
  const golden = await goldenOf(world, ["raw", "update", "map", "window", "inverse"], 11);
  const store = await storeOf(golden);
  const program = { sinks: golden.sinks, isLogged: golden.isLogged };
  const received = new SimulatedProcess(world, { program, store, number: 2, seen: () => {} });
  await pump(world.host, received.begin());
  await pump(world.host, received.push(golden.batches[golden.done]!));
  received.end();
  const values: Record<string, string> = {};
  for (const key of await store.list("")) values[key] = Buffer.from((await store.read(key))!).toString("base64");
  writeFileSync(FILE, `${JSON.stringify({ ...golden, values }, undefined, 1)}\n`);
}

function read(): Golden {
  const { values, ...golden } = JSON.parse(readFileSync(FILE, "utf8"));
  const bytes = Object.entries(values as Record<string, string>).map(
    ([key, text]) => [key, new Uint8Array(Buffer.from(text, "base64"))] as const,
  );
  return { ...golden, values: new Map(bytes) };
}

async function storeOf({ values }: Golden): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const [key, bytes] of values) await store.write(key, bytes);
  return store;
}

/** The values as a later version would write them. */
function later(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  view.setUint16(VERSION_AT, view.getUint16(VERSION_AT, true) + 1, true);
  view.setUint32(HEADER_CRC_AT, crc32c(copy.subarray(0, HEADER_CRC_AT)), true);
  return copy;
}

test("T11: a checkpoint of format 1 has a value of each kind", () => {
  const kinds = new Set([...read().values.keys()].map((key) => key.slice(0, key.indexOf("/"))));
  expect(kinds).toEqual(new Set(["generation", "log", "received", "segment"]));
  for (const bytes of read().values.values()) expect(bytes.length).toBeGreaterThanOrEqual(HEADER_BYTES);
});

test("T11: a job goes on from a checkpoint of format 1", async () => {
  const golden = read();
  const { next, hasPending, wrong } = await recover(world, golden, golden.batches, await storeOf(golden));
  expect({ next, hasPending, wrong }).toEqual({ next: golden.done, hasPending: true, wrong: [] });
});

test("T11: a checkpoint of a later version is refused, and stays as it is", async () => {
  const golden = read();
  const all = new Map([...golden.values].map(([key, bytes]) => [key, later(bytes)]));
  // A process that logs what it receives has begun with an entry of its own version.
  const others = [...golden.values].filter(([key]) => !key.startsWith("received/"));
  const oneEach = others.map(([key, bytes]) => new Map(golden.values).set(key, later(bytes)));
  let refused = 0;
  for (const [index, values] of [all, ...oneEach].entries()) {
    const store = await storeOf({ ...golden, values });
    const before = await contentOf(store);
    try {
      // Where nothing of it is needed any more, it is not read.
      expect((await recover(world, golden, golden.batches, store)).wrong).toEqual([]);
      expect(index).toBeGreaterThan(0);
    } catch (error) {
      expect((error as MillraceError).code).toBe("format-too-new");
      expect(await contentOf(store)).toBe(before);
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(10);
});
