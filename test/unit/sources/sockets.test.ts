import { describe, expect, test } from "vitest";
import { encodeRows } from "../../../src/block/codec.js";
import type { Intake } from "../../../src/receiver/intake.js";
import { RawSocketSource } from "../../../src/sources/raw-socket-stream.js";
import { type Converter, SocketSource } from "../../../src/sources/socket-stream.js";
import { SocketTextSource } from "../../../src/sources/socket-text-stream.js";
import { utf8 } from "../../support/batches.js";
import { receiving, type SetupOptions, turn } from "../../support/receiving.js";

const ADDRESS = { hostname: "somewhere", port: 9 };

const text = (options?: SetupOptions) => receiving((intake) => new SocketTextSource(ADDRESS, intake), options);
const raw = (options?: SetupOptions) => receiving((intake) => new RawSocketSource(ADDRESS, intake), options);
const converted = <T>(converter: Converter<T>, options?: SetupOptions) =>
  receiving((intake: Intake) => new SocketSource(ADDRESS, converter, intake), options);

/** Bytes as records of one byte each, as far as they have come. */
async function* eachByte(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<number> {
  for await (const chunk of bytes) yield* chunk;
}

function frame(rows: readonly unknown[]): Uint8Array {
  const block = encodeRows(rows);
  const bytes = new Uint8Array(4 + block.length);
  new DataView(bytes.buffer).setInt32(0, block.length);
  bytes.set(block, 4);
  return bytes;
}

function length(bytes: number): Uint8Array {
  const header = new Uint8Array(4);
  new DataView(header.buffer).setInt32(0, bytes);
  return header;
}

describe.each([
  ["socketTextStream", () => text(), utf8("1\n")],
  ["socketStream", () => converted(eachByte), Uint8Array.of(1)],
  ["rawSocketStream", () => raw(), frame([1])],
] as const)("the connection of %s", (_name, make, something) => {
  test("that is refused: reported once, tried again after a delay that doubles up to 30 s", async () => {
    const { network, events, start } = make();
    start();
    const delays: number[] = [];
    for (let i = 0; i < 12; i++) {
      const at = network.nowMs;
      const count = network.connections.length;
      network.last.events.closed(new Error("ECONNREFUSED"));
      while (network.connections.length === count) await network.pass(1);
      delays.push(network.nowMs - at);
    }
    expect(events).toEqual([
      ["started"],
      [
        "error",
        "Error connecting to or reading from somewhere:9: ECONNREFUSED; trying again with growing delay",
        expect.objectContaining({ code: "connection-lost" }),
      ],
    ]);
    expect(delays[0]).toBeGreaterThanOrEqual(50);
    expect(delays[0]).toBeLessThanOrEqual(100);
    expect(delays[3]).toBeGreaterThanOrEqual(400);
    expect(delays.at(-1)).toBeGreaterThanOrEqual(15_000);
    expect(delays.at(-1)).toBeLessThanOrEqual(30_000);
  });

  test("that serves again is said once, and the delay begins anew", async () => {
    const { network, events, start } = make();
    start();
    network.last.events.closed(undefined);
    await network.pass(100);
    network.last.events.data(something);
    await turn();
    expect(network.host.warnings).toEqual(["millrace: connected again to somewhere:9"]);
    network.last.events.closed(undefined);
    await network.pass(100);
    expect(network.connections.length).toBe(3);
    expect(events.filter(([name]) => name === "error").length).toBe(2);
  });

  test("ends with the receiver, and nothing is left: no timer, no connection, no bytes taken", async () => {
    const { network, input, events, take, start } = make();
    start();
    const first = network.last;
    network.last.events.closed(undefined);
    await turn();
    await input.stop();
    await network.pass(60_000);
    expect(network.connections).toEqual([first]);
    expect(network.timerCount).toBe(0);
    first.events.data(something);
    expect(await take()).toEqual([]);
    expect(events.filter(([name]) => name === "error").length).toBe(1);

    const running = make();
    running.start();
    await running.input.stop();
    expect(running.network.last.isDestroyed).toBe(true);
    await running.network.pass(60_000);
    expect(running.network.connections.length).toBe(1);
    expect(running.network.timerCount).toBe(0);
  });

  test("that flaps a thousand times leaves nothing behind", async () => {
    const { network, flow, input, take, processed, start } = make();
    start();
    for (let i = 0; i < 1000; i++) {
      const count = network.connections.length;
      network.last.events.data(something);
      await turn();
      network.last.events.closed(undefined);
      while (network.connections.length === count) await network.pass(100);
    }
    expect((await take()).flat().length).toBe(1000);
    processed();
    expect(flow.bytesHeld).toBe(0);
    expect(network.timerCount).toBe(0);
    await input.stop();
  });
});

describe("socketTextStream", () => {
  test("the rate limits lines, also within one read; the connection is paused meanwhile", async () => {
    const { network, take, start } = text({ limit: 2 });
    start();
    const bytes = utf8("1\r\n2\n3\r4\n5");
    network.last.events.data(bytes);
    // The bytes belong to the host again.
    bytes.fill(0);
    expect(network.last.isPaused).toBe(true);
    expect(await take()).toEqual([["1", "2"]]);
    expect(await take()).toEqual([["3", "4"]]);
    await turn();
    expect(network.last.isPaused).toBe(false);
    network.last.events.data(utf8("6\n7\n8\n9\n"));
    expect(await take()).toEqual([["56", "7"]]);
    expect(await take()).toEqual([["8", "9"]]);
  });

  test("a line end that two reads share is one line", async () => {
    const { network, take, start } = text({ limit: 2 });
    start();
    network.last.events.data(utf8("1\r"));
    network.last.events.data(utf8("\n2\n3\n"));
    expect((await take()).flat()).toEqual(["1", "2"]);
    expect((await take()).flat()).toEqual(["3"]);
  });

  test("is not read while there is no room", async () => {
    const { network, take, processed, start } = text({ bytesMax: 10 });
    start();
    network.last.events.data(utf8("1\n2\n3\n4\n5\n"));
    expect(network.last.isPaused).toBe(true);
    expect(await take()).toEqual([["1", "2", "3", "4", "5"]]);
    expect(network.last.isPaused).toBe(true);
    processed();
    await turn();
    expect(network.last.isPaused).toBe(false);
  });

  test("what waits for the rate is taken when the stop begins, with the part of a line", async () => {
    const { network, input, take, start } = text({ limit: 1 });
    start();
    network.last.events.data(utf8("1\n2\n3\npart"));
    await input.stop();
    expect((await take()).flat()).toEqual(["1", "2", "3", "part"]);
  });
});

describe("socketStream", () => {
  test("the converter is called for each connection, reads as it likes, and its records keep their order", async () => {
    const converter = async function* (bytes: AsyncIterable<Uint8Array>) {
      let open = "";
      for await (const chunk of bytes) {
        open += new TextDecoder().decode(chunk);
        const records = open.split(";");
        open = records.pop()!;
        yield* records;
      }
      yield `rest:${open}`;
    };
    const { network, take, start } = converted(converter);
    start();
    network.last.events.data(utf8("a;b"));
    network.last.events.data(utf8("c;d;e"));
    network.last.events.closed(undefined);
    await network.pass(100);
    network.last.events.data(utf8("f;"));
    await turn();
    expect((await take()).flat()).toEqual(["a", "bc", "d", "rest:e", "f"]);
  });

  test("bytes are read only as they are asked for", async () => {
    const { network, take, start } = converted(eachByte, { limit: 2 });
    start();
    network.last.events.data(Uint8Array.of(1, 2, 3));
    network.last.events.data(Uint8Array.of(4, 5));
    await turn();
    expect(network.last.isPaused).toBe(true);
    expect((await take()).flat()).toEqual([1, 2]);
    expect((await take()).flat()).toEqual([3, 4]);
    await turn();
    expect(network.last.isPaused).toBe(false);
    expect((await take()).flat()).toEqual([5]);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("odd bytes");
      },
    ],
    [
      "throws later",
      async function* () {
        yield 1;
        throw new Error("odd bytes");
      },
    ],
    ["returns something else", () => 5],
  ])(
    "a converter that %s: reported, the connection ends, the next one is tried with growing delay",
    async (_, converter) => {
      const { network, events, start } = converted(converter as Converter<unknown>);
      start();
      for (let i = 0; i < 3; i++) {
        const count = network.connections.length;
        network.last.events.data(Uint8Array.of(1));
        await turn();
        expect(network.last.isDestroyed).toBe(true);
        while (network.connections.length === count) await network.pass(50);
      }
      const errors = events.filter(([name]) => name === "error");
      expect(errors.length).toBe(3);
      for (const [, message] of errors) expect(message).toMatch(/^The converter of somewhere:9 failed: /);
    },
  );

  test("a converter that has enough ends its connection", async () => {
    const one = async function* (bytes: AsyncIterable<Uint8Array>) {
      for await (const chunk of bytes) {
        yield chunk[0];
        return;
      }
    };
    const { network, take, start } = converted(one);
    start();
    network.last.events.data(Uint8Array.of(1));
    await turn();
    expect(network.last.isDestroyed).toBe(true);
    await network.pass(200);
    network.last.events.data(Uint8Array.of(2));
    expect((await take()).flat()).toEqual([1, 2]);
  });

  test("a stop lets the converter finish, and leaves one behind that does not", async () => {
    const counting = async function* (bytes: AsyncIterable<Uint8Array>) {
      let count = 0;
      for await (const chunk of bytes) count += chunk.length;
      yield count;
    };
    const ending = converted(counting);
    ending.start();
    ending.network.last.events.data(Uint8Array.of(1, 2, 3));
    await ending.input.stop();
    expect((await ending.take()).flat()).toEqual([3]);

    const hanging = converted(async function* () {
      await new Promise(() => {});
      yield 1;
    });
    hanging.start();
    hanging.network.last.events.data(Uint8Array.of(1));
    await turn();
    let isStopped = false;
    void hanging.input.stop().then(() => {
      isStopped = true;
    });
    await hanging.network.pass(1999);
    expect(isStopped).toBe(false);
    await hanging.network.pass(1);
    expect(isStopped).toBe(true);
    expect(hanging.network.host.warnings).toEqual([
      "millrace: The converter of somewhere:9 has not ended within 2000 ms and is left behind.",
    ]);
  });
});

describe("rawSocketStream", () => {
  test("blocks in pieces of any size, a partition each", async () => {
    const { network, take, start } = raw();
    start();
    const blocks = [[1, "two"], [{ three: 3 }], [], [null, undefined]];
    const bytes = Uint8Array.from(blocks.flatMap((rows) => [...frame(rows)]));
    for (const size of [1, 2, 3, 5, 7, 1000]) {
      for (let at = 0; at < bytes.length; at += size) network.last.events.data(bytes.subarray(at, at + size));
      expect(await take()).toEqual(blocks);
    }
  });

  test.each([-1, -(2 ** 31), 1001, 2 ** 31 - 1])(
    "a length of %d is a lie: reported, the connection ends, blocks before stay",
    async (bytes) => {
      const { network, events, take, start } = raw({ bytesMax: 1000 });
      start();
      network.last.events.data(frame([1, 2]));
      network.last.events.data(Uint8Array.from([...length(bytes), 1, 2, 3]));
      expect(network.last.isDestroyed).toBe(true);
      expect(events.slice(1)).toEqual([
        [
          "error",
          expect.stringContaining(String(bytes)),
          expect.objectContaining({ name: "SourceError", code: "protocol" }),
        ],
      ]);
      await network.pass(200);
      expect(events.length).toBe(2);
      network.last.events.data(frame([3]));
      expect(await take()).toEqual([[1, 2], [3]]);
    },
  );

  test("a damaged block, and one cut short: reported, nothing of them is taken", async () => {
    const { network, events, take, start } = raw();
    start();
    network.last.events.data(Uint8Array.from([...length(2), 0xff, 0xff]));
    expect(network.last.isDestroyed).toBe(true);
    await network.pass(200);
    network.last.events.data(frame([1, 2, 3]).subarray(0, 6));
    network.last.events.closed(undefined);
    await network.pass(400);
    network.last.events.data(frame([4]));
    expect(await take()).toEqual([[4]]);
    const errors = events.filter(([name]) => name === "error");
    expect(errors.map(([, , error]) => (error as { code: string }).code)).toEqual(["protocol", "protocol"]);
    expect(errors[1]![1]).toContain("2 bytes of a block");
  });

  test("one read with more blocks than there is room for: all come, in order, and nothing more is read", async () => {
    const { network, take, processed, start } = raw({ bytesMax: 40 });
    start();
    const rows = ["x".repeat(30)];
    network.last.events.data(Uint8Array.from([...frame(rows), ...frame(rows), ...frame(["y".repeat(30)])]));
    expect(network.last.isPaused).toBe(true);
    expect(await take()).toEqual([rows]);
    processed();
    expect(await take()).toEqual([rows]);
    expect(network.last.isPaused).toBe(true);
    processed();
    expect(await take()).toEqual([["y".repeat(30)]]);
    await turn();
    expect(network.last.isPaused).toBe(false);
  });

  test("the rate holds for the rows of blocks, over several batches", async () => {
    const { network, take, start } = raw({ limit: 2 });
    start();
    network.last.events.data(frame([1, 2, 3, 4, 5]));
    network.last.events.data(frame([6]));
    const batches: unknown[][][] = [];
    for (let i = 0; i < 4; i++) batches.push(await take());
    expect(batches).toEqual([[[1, 2, 3, 4, 5]], [], [[6]], []]);
  });
});
