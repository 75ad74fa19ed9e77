import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { ConfigError, type Receiver, type ReceiverInfo, type StreamingContext } from "millrace";
import { EventSourceReceiver, MessageReceiver, type MessageSource, WebSocketReceiver } from "millrace/sources";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { collected, type ManualContext, manualContext, stopContexts, until } from "../support/batches.js";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

interface Received<T> extends ManualContext {
  readonly rows: () => T[];
  readonly errors: ReceiverInfo[];
  /** Makes batches until so many rows are there. */
  readonly rowsUntil: (count: number) => Promise<T[]>;
}

/** A started context that reads a receiver. */
async function received<T>(receiver: Receiver<T>, options: { receivedBytesMax?: number } = {}): Promise<Received<T>> {
  const context = manualContext(options);
  const batches = collected(context.ssc.receiverStream(receiver));
  const errors: ReceiverInfo[] = [];
  context.ssc.addStreamingListener({ onReceiverError: ({ receiverInfo }) => void errors.push(receiverInfo) });
  await context.ssc.start();
  const rows = () => batches.flat() as T[];
  const rowsUntil = async (count: number) => {
    while (rows().length < count) {
      await context.clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return rows();
  };
  return { ...context, rows, errors, rowsUntil };
}

const codesOf = (errors: readonly ReceiverInfo[]) =>
  errors.map(({ lastError }) => (lastError as { code?: string }).code);
const hasPending = (ssc: StreamingContext) => ssc.metrics().inputs[0]!.hasPending;

describe("EventSourceReceiver", () => {
  let server: Server;
  let url: string;
  let answer: (response: ServerResponse, request: IncomingMessage) => void;
  let requests: IncomingMessage[];

  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      requests.push(request);
      answer(response, request);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}/events`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const events = (response: ServerResponse, text: string) => {
    if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    response.write(text);
  };

  test("reads events as they come", async () => {
    answer = (response) => events(response, "event: add\nid: 1\ndata: a\n\ndata: b\n\n");
    const { rowsUntil } = await received(new EventSourceReceiver(url, { headers: { authorization: "me" } }));
    expect(await rowsUntil(2)).toEqual(["a", "b"]);
    expect(requests[0]!.headers).toMatchObject({ accept: "text/event-stream", authorization: "me" });
    expect(requests[0]!.headers["last-event-id"]).toBeUndefined();
  });

  test("connects again where it was ended or lost, and asks for what came after", async () => {
    answer = (response, request) => {
      const n = requests.length;
      events(response, `retry: 1\nid: ${n}\ndata: ${request.headers["last-event-id"] ?? "none"}\n\n`);
      if (n % 2 === 0) response.end();
      else response.write("data: torn", () => response.destroy());
    };
    const { rowsUntil } = await received(new EventSourceReceiver(url, { lastEventId: "0" }));
    const rows = await rowsUntil(4);
    expect(rows.slice(0, 4)).toEqual(["0", "1", "2", "3"]);
  });

  test("goes on asking a server that is down for a while, and not one that refuses", async () => {
    answer = (response) => {
      if (requests.length < 3) response.writeHead(503).end();
      else if (requests.length === 3) {
        events(response, "data: back\n\n");
        response.end();
      } else response.writeHead(204).end();
    };
    const { rowsUntil, errors, clock } = await received(new EventSourceReceiver(url));
    expect(await rowsUntil(1)).toEqual(["back"]);
    while (!codesOf(errors).includes("refused")) await clock.advance(1000);
    expect(codesOf(errors)).toEqual(["unavailable", "unavailable", "refused"]);
    await clock.advance(60_000);
    expect(requests).toHaveLength(4);
  });

  test("refuses what is no stream of events", async () => {
    answer = (response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>");
    const { errors } = await received(new EventSourceReceiver(url));
    await until(() => errors.length > 0);
    expect(codesOf(errors)).toEqual(["refused"]);
  });

  test("takes the types that it is told to", async () => {
    answer = (response) => events(response, "event: add\ndata: a\n\nevent: drop\ndata: b\n\ndata: c\n\n");
    const { rowsUntil } = await received(new EventSourceReceiver(url, { types: ["add", "message"] }));
    expect(await rowsUntil(2)).toEqual(["a", "c"]);
  });

  test("does not read while there is no room", async () => {
    const event = `data: ${"x".repeat(10_000)}\n\n`;
    const total = 3_000;
    let written = 0;
    answer = (response) => {
      events(response, "");
      const write = (): void => {
        while (written < total) {
          written += 1;
          if (!response.write(event)) return void response.once("drain", write);
        }
        response.write("data: last\n\n");
      };
      write();
    };
    const { clock, ssc, rows } = await received(new EventSourceReceiver(url), { receivedBytesMax: 200_000 });
    await until(() => hasPending(ssc));
    let before = -1;
    // As much as the buffers of the host take, and no more.
    while (before !== written) {
      before = written;
      for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(written).toBeLessThan(total);
    while (rows().at(-1) !== "last") await clock.advance(1000);
    expect(rows()).toHaveLength(total + 1);
  });

  test("passes over an event that is too long, and says so", async () => {
    answer = (response) => events(response, `data: ${"x".repeat(200)}\n\ndata: short\n\n`);
    const { rowsUntil, errors } = await received(new EventSourceReceiver(url, { eventLengthMax: 100 }));
    expect(await rowsUntil(1)).toEqual(["short"]);
    expect(codesOf(errors)).toEqual(["event-too-long"]);
  });

  test("ends its connection when the context stops", async () => {
    let isClosed = false;
    answer = (response) => {
      response.on("close", () => {
        isClosed = true;
      });
      events(response, "data: 1\n\n");
    };
    const { ssc, rowsUntil } = await received(new EventSourceReceiver(url));
    await rowsUntil(1);
    await ssc.stop();
    await until(() => isClosed);
  });

  test("takes addresses alone, and options that it knows", () => {
    const coded = (code: string) => expect.objectContaining({ name: "ConfigError", code });
    expect(() => new EventSourceReceiver("ftp://here")).toThrow(coded("invalid-address"));
    expect(() => new EventSourceReceiver("nowhere")).toThrow(coded("invalid-address"));
    expect(() => new EventSourceReceiver(url, { eventLengthMax: 0 })).toThrow(coded("invalid-option"));
    expect(() => new EventSourceReceiver(url, { header: {} } as object)).toThrow(ConfigError);
  });
});

describe("MessageReceiver", () => {
  test("takes messages of ports: text, values and bytes", async () => {
    const { port1, port2 } = new MessageChannel();
    const { rowsUntil, ssc } = await received(new MessageReceiver(port2 as unknown as MessageSource));
    port1.postMessage("a");
    port1.postMessage({ n: 1 });
    port1.postMessage(Uint8Array.of(1, 2).buffer);
    port1.postMessage(Uint8Array.of(3));
    expect(await rowsUntil(4)).toEqual(["a", { n: 1 }, Uint8Array.of(1, 2), Uint8Array.of(3)]);
    await ssc.stop();
    port1.close();
  });

  test("opens a channel by its name, and closes it", async () => {
    const receiver = new MessageReceiver<string>("millrace-test");
    const { rowsUntil, ssc } = await received(receiver);
    const channel = new BroadcastChannel("millrace-test");
    channel.postMessage("hello");
    expect(await rowsUntil(1)).toEqual(["hello"]);
    await ssc.stop();
    channel.close();
  });

  /** What brings messages when it is told to. */
  class Told extends EventTarget {
    binaryType = "blob";
    readonly calls: string[] = [];

    bring(data: unknown): void {
      this.dispatchEvent(Object.assign(new Event("message"), { data }));
    }
  }

  class Pausable extends Told {
    pause(): void {
      this.calls.push("pause");
    }

    resume(): void {
      this.calls.push("resume");
    }
  }

  const sourceOf = (told: Told) => told as unknown as MessageSource;

  test("takes sources that are added and lets go of those that are removed or close", async () => {
    const [first, second, third] = [new Told(), new Told(), new Told()];
    const receiver = new MessageReceiver<string>(sourceOf(first));
    first.bring("too early");
    const { rowsUntil, clock, rows, ssc } = await received(receiver);
    receiver.add(sourceOf(second));
    receiver.add(sourceOf(third));
    for (const told of [first, second, third]) told.bring("a");
    expect(await rowsUntil(3)).toEqual(["a", "a", "a"]);
    expect(first.binaryType).toBe("arraybuffer");
    receiver.remove(sourceOf(first));
    second.dispatchEvent(new Event("close"));
    for (const told of [first, second, third]) told.bring("b");
    await clock.advance(1000);
    expect(rows().slice(3)).toEqual(["b"]);
    await ssc.stop();
    third.bring("too late");
  });

  test("pauses what can be paused while there is no room", async () => {
    const socket = new Pausable();
    const { clock, rows } = await received(new MessageReceiver<string>(sourceOf(socket)), { receivedBytesMax: 100 });
    const text = "x".repeat(60);
    socket.bring(text);
    expect(socket.calls).toEqual([]);
    socket.bring(text);
    expect(socket.calls).toEqual(["pause"]);
    await clock.advance(1000);
    await clock.advance(1000);
    expect(socket.calls).toEqual(["pause", "resume"]);
    expect(rows()).toEqual([text, text]);
  });

  test("drops, and says so, what finds no room even to wait", async () => {
    const port = new Told();
    const { ssc, errors, clock, rows } = await received(new MessageReceiver<string>(sourceOf(port)), {
      receivedBytesMax: 100,
    });
    const { countMax } = ssc.metrics().queues.find(({ name }) => name === "calls")!;
    // One that is in, and all that may wait.
    const fit = 1 + countMax!;
    for (let n = 0; n < fit + 5; n++) port.bring("x".repeat(60));
    expect(codesOf(errors)).toEqual(["overrun", "overrun", "overrun"]);
    expect((errors[2]!.lastError as { details: object }).details).toMatchObject({ dropped: 4 });
    await clock.advance(1000);
    expect(rows().length).toBeGreaterThan(0);
  });

  test("tells of messages that cannot be read", async () => {
    const port = new Told();
    const { errors } = await received(new MessageReceiver<string>(sourceOf(port)));
    port.dispatchEvent(new Event("messageerror"));
    expect(codesOf(errors)).toEqual(["message-damaged"]);
  });

  test("takes nothing else", () => {
    const error = expect.objectContaining({ name: "ConfigError", code: "invalid-source" });
    for (const given of [null, 1, {}, { addEventListener: () => {} }])
      expect(() => new MessageReceiver(given as unknown as MessageSource)).toThrow(error);
    const { BroadcastChannel } = globalThis;
    vi.stubGlobal("BroadcastChannel", undefined);
    expect(() => new MessageReceiver("name")).toThrow(expect.objectContaining({ code: "no-broadcast-channel" }));
    vi.unstubAllGlobals();
    expect(globalThis.BroadcastChannel).toBe(BroadcastChannel);
  });
});

describe("WebSocketReceiver", () => {
  /** A socket whose other side is the test. */
  class FakeSocket extends EventTarget {
    static readonly made: FakeSocket[] = [];
    readonly sent: string[] = [];
    binaryType = "blob";
    isClosed = false;
    readonly url: string;
    readonly protocols: readonly string[];

    constructor(url: string, protocols: readonly string[]) {
      super();
      this.url = url;
      this.protocols = protocols;
      FakeSocket.made.push(this);
    }

    send(text: string): void {
      this.sent.push(text);
    }

    close(): void {
      this.isClosed = true;
    }

    tell(type: string, fields: object = {}): void {
      this.dispatchEvent(Object.assign(new Event(type), fields));
    }
  }

  const WebSocketClass = FakeSocket as unknown as new () => WebSocket;

  beforeEach(() => {
    FakeSocket.made.length = 0;
  });

  test("connects, says hello, and takes messages", async () => {
    const receiver = new WebSocketReceiver("wss://example.org/feed", {
      WebSocket: WebSocketClass,
      protocols: ["v1"],
      hello: "subscribe",
    });
    const { rowsUntil, ssc } = await received(receiver);
    const [socket] = FakeSocket.made;
    expect(socket).toMatchObject({ url: "wss://example.org/feed", protocols: ["v1"], binaryType: "arraybuffer" });
    socket!.tell("open");
    socket!.tell("message", { data: "a" });
    socket!.tell("message", { data: Uint8Array.of(1).buffer });
    expect(socket!.sent).toEqual(["subscribe"]);
    expect(await rowsUntil(2)).toEqual(["a", Uint8Array.of(1)]);
    await ssc.stop();
    expect(socket!.isClosed).toBe(true);
  });

  test("connects again, later and later, until messages come", async () => {
    const { clock, errors, rowsUntil } = await received(
      new WebSocketReceiver("ws://localhost:9", { WebSocket: WebSocketClass }),
    );
    for (const delayMs of [100, 200, 400]) {
      const count = FakeSocket.made.length;
      FakeSocket.made.at(-1)!.tell("error");
      FakeSocket.made.at(-1)!.tell("close", { code: 1006, reason: "" });
      await clock.advance(delayMs - 1);
      expect(FakeSocket.made).toHaveLength(count);
      await clock.advance(1);
      await until(() => FakeSocket.made.length > count);
    }
    expect(codesOf(errors)).toEqual(["connection-lost", "connection-lost", "connection-lost"]);
    FakeSocket.made.at(-1)!.tell("message", { data: "back" });
    FakeSocket.made.at(-1)!.tell("close", { code: 1000, reason: "done" });
    expect(await rowsUntil(1)).toEqual(["back"]);
    await until(() => FakeSocket.made.length === 5);
  });

  test("ends a connection whose messages find no room, and makes it again", async () => {
    const receiver = new WebSocketReceiver("ws://localhost:9", { WebSocket: WebSocketClass });
    const { ssc, errors, clock } = await received(receiver, { receivedBytesMax: 100 });
    const { countMax } = ssc.metrics().queues.find(({ name }) => name === "calls")!;
    const [socket] = FakeSocket.made;
    for (let n = 0; n < countMax! + 10; n++) socket!.tell("message", { data: "x".repeat(60) });
    expect(codesOf(errors)).toEqual(["overrun"]);
    await until(() => socket!.isClosed);
    while (FakeSocket.made.length < 2) await clock.advance(1000);
  });

  test("takes addresses alone, and needs a class where the host has none", () => {
    const options = { WebSocket: WebSocketClass };
    expect(() => new WebSocketReceiver("http://here", options)).toThrow(
      expect.objectContaining({ code: "invalid-address" }),
    );
    vi.stubGlobal("WebSocket", undefined);
    const error = {
      name: "ConfigError",
      code: "no-web-socket",
      message: expect.stringContaining("EventSourceReceiver"),
    };
    expect(() => new WebSocketReceiver("ws://here")).toThrow(expect.objectContaining(error));
    vi.unstubAllGlobals();
  });
});

describe("textStream", () => {
  test("reads a Blob, such as a file that a user has chosen", async () => {
    const { ssc, clock } = manualContext();
    const batches = collected(ssc.textStream(new Blob(["one\ntw", "o\nthree"])));
    await ssc.start();
    while (batches.flat().length < 3) await clock.advance(1000);
    expect(batches.flat()).toEqual(["one", "two", "three"]);
  });
});
