import { createServer, type Server, type Socket } from "node:net";
import type { ReceiverInfo, StreamingContext } from "millrace";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ContextOptions, collected, manualContext, stopContexts, until, utf8 } from "../support/batches.js";
import { isStarted, threadsOf } from "../support/internals.js";

let server: Server;
let port: number;
/** Sockets that clients have opened, in order. */
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  server = createServer((socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
  });
  port = await listening(server, 0);
});

afterEach(async () => {
  await stopContexts();
  await closed(server);
  vi.restoreAllMocks();
});

function listening(on: Server, at: number): Promise<number> {
  return new Promise((resolve) => {
    on.listen(at, "127.0.0.1", () => resolve((on.address() as { port: number }).port));
  });
}

function closed(which: Server): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => void which.close(() => resolve()));
}

interface Client {
  readonly ssc: StreamingContext;
  readonly rows: string[];
  /** Makes batches until so many rows arrived. */
  rowsUntil(count: number): Promise<string[]>;
}

/** A started context that reads the server. */
function client(options: ContextOptions = {}): Client {
  const { ssc, clock } = manualContext(options);
  const batches = collected(ssc.socketTextStream("127.0.0.1", port));
  void ssc.start();
  return {
    ssc,
    get rows() {
      return batches.flat();
    },
    async rowsUntil(count) {
      while (batches.flat().length < count) {
        await clock.advance(1000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return batches.flat();
    },
  };
}

function write(socket: Socket, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve) => void socket.write(bytes, () => resolve()));
}

describe("socketTextStream", () => {
  test("lines in odd chunks, cut inside characters and line ends", async () => {
    const { rowsUntil } = client();
    await until(() => sockets.length === 1);
    sockets[0]!.setNoDelay(true);
    const lines = ["one", "", "水车 🚰", "x".repeat(5000), "a\0b", "\ufefflast"];
    const bytes = utf8(`${lines.join("\r\n")}\n`);
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size % 7) + 1) {
      await write(sockets[0]!, bytes.subarray(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await rowsUntil(lines.length)).toEqual(lines);
  });

  test("a server that closes in the middle of a line and comes back: the part is its own line", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { rowsUntil } = client();
    await until(() => sockets.length === 1);
    await write(sockets[0]!, "whole\nbroken of");
    sockets[0]!.end();
    await until(() => sockets.length === 2);
    await write(sockets[1]!, "f\nnext\n");
    expect(await rowsUntil(4)).toEqual(["whole", "broken of", "f", "next"]);
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringContaining(`127.0.0.1:${port}`),
      `millrace: connected again to 127.0.0.1:${port}`,
    ]);
  });

  test("a server that ends with \\r, and one that begins with \\n: two line ends", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { rowsUntil } = client();
    await until(() => sockets.length === 1);
    await write(sockets[0]!, "a\r");
    sockets[0]!.end();
    await until(() => sockets.length === 2);
    await write(sockets[1]!, "\nb\n");
    expect(await rowsUntil(3)).toEqual(["a", "", "b"]);
  });

  test("a refused connection is tried again and reported once", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const connect = vi.spyOn(process.getBuiltinModule("node:net"), "connect");
    await closed(server);
    const { ssc, clock } = manualContext();
    const events: Array<[string, ReceiverInfo]> = [];
    ssc.addStreamingListener({
      onReceiverStarted: ({ receiverInfo }) => void events.push(["started", receiverInfo]),
      onReceiverError: ({ receiverInfo }) => void events.push(["error", receiverInfo]),
      onReceiverStopped: ({ receiverInfo }) => void events.push(["stopped", receiverInfo]),
    });
    const batches = collected(ssc.socketTextStream("127.0.0.1", port));
    void ssc.start();
    await until(() => events.length === 2);
    await clock.advance(1000);
    expect(batches).toEqual([[]]);
    await until(() => connect.mock.calls.length >= 3);
    await listening(server, port);
    await until(() => sockets.length === 1);
    await write(sockets[0]!, "a\n");
    while (batches.flat().length === 0) {
      await clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(batches.flat()).toEqual(["a"]);
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringContaining("ECONNREFUSED"),
      `millrace: connected again to 127.0.0.1:${port}`,
    ]);
    await ssc.stop();
    await ssc.awaitTermination();
    expect(events.map(([name]) => name)).toEqual(["started", "error", "stopped"]);
    expect(events[0]![1]).toEqual({ streamId: 0, name: "Socket-0", active: true });
    expect(events[1]![1]).toMatchObject({ active: true, lastErrorTime: 0, lastError: { code: "connection-lost" } });
    expect(events[2]![1]).toMatchObject({ active: false });
  });

  test.each(["local[1]", "local[2]"])("back-pressure: a server too fast waits, nothing is lost, %s", async (master) => {
    const receivedBytesMax = 64 * 1024;
    const { ssc, rowsUntil } = client({ master, receivedBytesMax });
    await until(() => sockets.length === 1);
    const count = 40_000;
    const lines = Array.from({ length: count }, (_, i) => `line ${i} ${"x".repeat(i % 90)}`);
    const text = `${lines.join("\n")}\n`;
    let isSent = false;
    void write(sockets[0]!, text).then(() => {
      isSent = true;
    });
    // Without batches the server gets rid of what the limit and the buffers between hold, and of no more.
    await until(() => isStarted(ssc.engine) && threadsOf(ssc.engine).counters.bytesIn >= receivedBytesMax);
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(threadsOf(ssc.engine).counters.bytesIn).toBeLessThan(receivedBytesMax + 512 * 1024);
    expect(await rowsUntil(count)).toEqual(lines);
    await until(() => isSent);
  });

  test("a graceful stop takes what was received, the part of a line too", async () => {
    const { ssc } = manualContext();
    const batches = collected(ssc.socketTextStream("127.0.0.1", port));
    void ssc.start();
    await until(() => sockets.length === 1);
    await write(sockets[0]!, "a\nb");
    await until(() => threadsOf(ssc.engine).counters.bytesIn >= 3);
    await ssc.stop({ stopGracefully: true });
    expect(batches.flat()).toEqual(["a", "b"]);
    await until(() => sockets[0]!.destroyed || sockets[0]!.readableEnded || !sockets[0]!.writable);
  });

  test("several sockets, in one union", async () => {
    const { ssc, clock } = manualContext();
    const streams = [1, 2, 3].map(() => ssc.socketTextStream("127.0.0.1", port));
    const batches = collected(ssc.union(streams));
    void ssc.start();
    await until(() => sockets.length === 3);
    await Promise.all(sockets.map((socket, index) => write(socket, `from ${index}\n`)));
    while (batches.flat().length < 3) {
      await clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(batches.flat().sort()).toEqual(["from 0", "from 1", "from 2"]);
  });

  test("memory too small for what arrives is reported, and the stream goes on", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { rowsUntil } = client({ kernelBytesMax: 1024 * 1024 });
    await until(() => sockets.length === 1);
    sockets[0]!.write("y".repeat(4 * 1024 * 1024));
    await until(() => warn.mock.calls.length > 0);
    await until(() => sockets.length === 2);
    await write(sockets[1]!, "\nafter\n");
    await until(() => sockets[1]!.bytesWritten >= 7);
    let rows: string[] = [];
    while (rows.at(-1) !== "after") rows = await rowsUntil(rows.length + 1);
    expect(rows.at(-1)).toBe("after");
  });

  test.each([
    ["", 9999],
    ["localhost", 0],
    ["localhost", 65_536],
    ["localhost", 1.5],
  ])("refuses the address %j, %d", (hostname, badPort) => {
    const { ssc } = manualContext();
    expect(() => ssc.socketTextStream(hostname, badPort)).toThrow(/port from 1 to 65535/);
  });
});
