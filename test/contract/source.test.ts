import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StreamInput } from "../../src/batch/stream-input.js";
import { encodeRows } from "../../src/block/codec.js";
import { Receiver } from "../../src/receiver/receiver.js";
import { IterableSource } from "../../src/sources/iterable-stream.js";
import { PushSource } from "../../src/sources/push-stream.js";
import { RawSocketSource } from "../../src/sources/raw-socket-stream.js";
import { ReceiverSupervisor } from "../../src/sources/receiver-stream.js";
import { SocketSource } from "../../src/sources/socket-stream.js";
import { SocketTextSource } from "../../src/sources/socket-text-stream.js";
import { textSource } from "../../src/sources/text-stream.js";
import { utf8 } from "../support/batches.js";
import { checkAsync } from "../support/property.js";
import { type FakeNetwork, type Opened, opened, receiving, type SetupOptions, turn } from "../support/receiving.js";

/** Records that the outside has and the source has not taken yet. */
class Outside {
  readonly records: string[] = [];
  #arrived = () => {};

  bring(...records: string[]): void {
    this.records.push(...records);
    this.#arrived();
  }

  async next(): Promise<string> {
    while (this.records.length === 0) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.records.shift()!;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (;;) yield await this.next();
  }
}

interface Case {
  readonly name: string;
  /** A source of `outside`; `pump` lets through what the source lets in. */
  open(outside: Outside, options: SetupOptions): { opened: Opened<StreamInput>; pump?: () => void };
  /** Records that may be in the source's hands besides those in its blocks. */
  readonly inHand: number;
}

const ADDRESS = { hostname: "somewhere", port: 9 };

/** A server that sends one record after the other, while it is read. */
function server(network: FakeNetwork, outside: Outside, encode: (record: string) => Uint8Array): () => void {
  return () => {
    while (outside.records.length > 0 && !network.last.isPaused) {
      network.last.events.data(encode(outside.records.shift()!));
    }
  };
}

/** Stops a source, and lets as much of the host's time pass as it may take. */
async function stopped({ input, network }: Opened<StreamInput>): Promise<void> {
  const stop = input.stop();
  await network.pass(2000);
  await stop;
}

const line = (record: string) => utf8(`${record}\n`);

function framed(record: string): Uint8Array {
  const block = encodeRows([record]);
  const bytes = new Uint8Array(4 + block.length);
  new DataView(bytes.buffer).setInt32(0, block.length);
  bytes.set(block, 4);
  return bytes;
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const chunk of bytes) yield* new TextDecoder().decode(chunk).split("\n").slice(0, -1);
}

async function* encoded(outside: Outside): AsyncGenerator<Uint8Array> {
  for await (const record of outside) yield line(record);
}

/** A receiver that stores what comes, one by one, or in blocks. */
class OutsideReceiver extends Receiver<string> {
  readonly #outside: Outside;
  readonly #inBlocks: boolean;

  constructor(outside: Outside, inBlocks: boolean) {
    super();
    this.#outside = outside;
    this.#inBlocks = inBlocks;
  }

  async onStart(): Promise<void> {
    while (!this.isStopped()) {
      const record = await this.#outside.next();
      if (this.isStopped()) this.#outside.records.unshift(record);
      else if (this.#inBlocks) await this.storeBlock([record]);
      else await this.store(record);
    }
  }

  onStop(): void {}
}

function receiverCase(name: string, inBlocks: boolean): Case {
  return {
    name,
    inHand: 1,
    open: (outside, options) => {
      const receiver = new OutsideReceiver(outside, inBlocks);
      const supervised = receiving((intake) => {
        const supervisor = new ReceiverSupervisor(receiver as Receiver<never>, intake);
        Receiver.attach(receiver as Receiver<never>, supervisor);
        return supervisor;
      }, options);
      return { opened: supervised };
    },
  };
}

function pushCase(name: string, push: (source: PushSource, record: string) => Promise<void>): Case {
  return {
    name,
    inHand: 1,
    open: (outside, options) => {
      // A clock that runs: on a manual one only the caller makes room, and pushes reject.
      const source = opened((context) => new PushSource(name, context.flow.bytesMax, context), {
        ...options,
        clock: { now: () => 0 },
      });
      let isPushing = false;
      const pump = async () => {
        if (isPushing) return;
        isPushing = true;
        while (outside.records.length > 0) {
          const record = outside.records.shift()!;
          await push(source.input, record).catch(() => {});
        }
        isPushing = false;
      };
      return { opened: source, pump: () => void pump() };
    },
  };
}

function socketCase(name: string, make: Parameters<typeof receiving>[0], encode: (record: string) => Uint8Array): Case {
  return {
    name,
    inHand: 1,
    open: (outside, options) => {
      const source = receiving(make, options);
      return { opened: source, pump: server(source.network, outside, encode) };
    },
  };
}

const CASES: readonly Case[] = [
  socketCase("socketTextStream", (intake) => new SocketTextSource(ADDRESS, intake), line),
  socketCase("socketStream", (intake) => new SocketSource(ADDRESS, linesOf, intake), line),
  socketCase("rawSocketStream", (intake) => new RawSocketSource(ADDRESS, intake), framed),
  {
    name: "textStream",
    inHand: 1,
    open: (outside, options) => ({ opened: receiving((intake) => textSource(encoded(outside), intake), options) }),
  },
  {
    name: "iterableStream",
    inHand: 1,
    open: (outside, options) => ({
      opened: receiving(
        (intake) =>
          new IterableSource(
            intake,
            () => outside[Symbol.asyncIterator](),
            (record) => intake.storeRow(record),
          ),
        options,
      ),
    }),
  },
  receiverCase("receiverStream, store", false),
  receiverCase("receiverStream, storeBlock", true),
  pushCase("pushStream, push", (source, record) => source.push(record)),
  pushCase("pushStream, pushBytes", (source, record) => source.pushBytes(line(record))),
];

describe.each(CASES)("the source of $name", ({ open, inHand }) => {
  function start(options: SetupOptions = {}) {
    const outside = new Outside();
    const { opened: source, pump = () => {} } = open(outside, options);
    source.start();
    const bring = async (...records: string[]) => {
      outside.bring(...records);
      await settle();
    };
    /** Lets come what may come. */
    const settle = async () => {
      for (let i = 0; i < 3; i++) {
        pump();
        await turn();
      }
    };
    const batch = async () => {
      await settle();
      const rows = (await source.take()).flat();
      source.release();
      return rows;
    };
    return { outside, source, bring, settle, batch };
  }

  test("hands out each record once, in order, and counts them", async () => {
    const { source, bring, batch } = start();
    expect(source.input.hasPending()).toBe(false);
    expect(await batch()).toEqual([]);
    await bring("a", "", "c");
    expect(source.input.hasPending()).toBe(true);
    expect(await batch()).toEqual(["a", "", "c"]);
    expect(source.input.info().numRecords).toBe(3);
    expect(source.input.hasPending()).toBe(false);
    await bring("d");
    expect(await batch()).toEqual(["d"]);
    expect(await batch()).toEqual([]);
    expect(source.input.info().numRecords).toBe(0);
  });

  test("gives its room back when a batch is processed, and its memory when it is forgotten", async () => {
    const { source, bring, batch, settle } = start();
    const { memory } = source.threads.kernel;
    const before = memory.bytesTaken;
    await bring("a", "b");
    await source.take();
    expect(source.flow.bytesHeld).toBeGreaterThan(0);
    source.processed();
    expect(source.flow.bytesHeld).toBe(0);
    source.release();
    await bring("c");
    await batch();
    await bring("never taken");
    await stopped(source);
    source.input.free();
    await settle();
    expect(memory.bytesTaken).toBe(before);
    expect(source.flow.bytesHeld).toBe(0);
  });

  test("what had come when it stops is taken; afterwards nothing comes", async () => {
    const { outside, source, bring, batch } = start();
    await bring("a", "b");
    await stopped(source);
    await bring("too late");
    const rows = await batch();
    expect(rows.slice(0, 2)).toEqual(["a", "b"]);
    expect(rows.length).toBe(2);
    outside.bring("much too late");
    expect(await batch()).toEqual([]);
    expect(source.input.hasPending()).toBe(false);
  });

  test("stops before it was started, and twice", async () => {
    const { opened: source } = open(new Outside(), {});
    await stopped(source);
    await stopped(source);
    expect(source.input.hasPending()).toBe(false);
    source.input.free();
    const running = start();
    await stopped(running.source);
    await stopped(running.source);
    running.source.input.free();
  });

  test("waits while too much is held: nothing is lost, nothing comes out of order, and no more is held than the limit", async () => {
    const bytesMax = 400;
    await checkAsync(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "grapheme-ascii", maxLength: 60 }), { minLength: 30, maxLength: 60 }),
        async (texts) => {
          const { outside, source, settle } = start({ bytesMax });
          const records = texts.map((text, index) => `${index} ${text}`);
          outside.bring(...records);
          await settle();
          expect(outside.records.length).toBeGreaterThan(records.length - bytesMax / 2 - inHand);
          const rows: unknown[] = [];
          for (let batches = 0; rows.length < records.length && batches < records.length; batches++) {
            await settle();
            expect(source.flow.bytesHeld).toBeLessThan(bytesMax + 128);
            rows.push(...(await source.take()).flat());
            source.release();
          }
          expect(rows).toEqual(records);
          await stopped(source);
          source.input.free();
        },
      ),
      { numRuns: 10 },
    );
  });
});
