// The cases of Spark's InputStreamsSuite on sockets, queues and receivers.
import { createServer, type Server, type Socket } from "node:net";
import { type RDD, Receiver } from "millrace";
import { collected } from "millrace/testing";
import { afterEach, describe, expect, test } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts, until } from "../support/batches.js";

const LOCAL_2 = { master: "local[2]" };
const closing: Array<() => Promise<void>> = [];

afterEach(async () => {
  await stopContexts();
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** A server on a free port, and the sockets of its clients. */
async function listening(): Promise<{ port: number; clients: Socket[] }> {
  const clients: Socket[] = [];
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    clients.push(socket);
  });
  closing.push(async () => {
    for (const socket of clients) socket.destroy();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  return { port, clients };
}

describe("socket", () => {
  test("lines come in order, whatever their batch, and are counted", async () => {
    const { port, clients } = await listening();
    const { ssc, clock } = manualContext(LOCAL_2);
    const records: number[] = [];
    ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void records.push(batchInfo.numRecords) });
    const batches = collected(ssc.socketTextStream("127.0.0.1", port, "MEMORY_AND_DISK"));
    void ssc.start();
    await until(() => clients.length === 1);
    for (const n of [1, 2, 3, 4, 5]) {
      clients[0]!.write(`${n}\n`);
      await clock.advance(INTERVAL_MS);
    }
    while (batches.flat().length < 5) {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(INTERVAL_MS);
    }
    expect(batches.flat()).toEqual(["1", "2", "3", "4", "5"]);
    expect(records.reduce((a, b) => a + b)).toBe(5);
  });

  test("a batch in which nothing came is empty", async () => {
    const { port } = await listening();
    const { ssc, clock } = manualContext(LOCAL_2);
    const batches = collected(ssc.socketTextStream("127.0.0.1", port));
    void ssc.start();
    await clock.advance(INTERVAL_MS);
    expect(batches).toEqual([[]]);
  });
});

describe("queue", () => {
  test("one item a batch, however many are queued", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const queue: Array<RDD<string>> = [];
    const batches = collected(ssc.queueStream(queue, true));
    void ssc.start();
    const items = ["1", "2", "3", "4", "5"];
    for (let batch = 0; batch < 5; batch++) {
      for (const item of items.splice(0, 2)) queue.push(ssc.engine.parallelize([item]));
      await clock.advance(INTERVAL_MS);
    }
    expect(batches).toEqual([["1"], ["2"], ["3"], ["4"], ["5"]]);
  });

  test("all items together", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const queue: Array<RDD<string>> = [];
    const batches = collected(ssc.queueStream(queue, false));
    void ssc.start();
    for (const items of [["1", "2", "3"], ["4", "5"], []]) {
      for (const item of items) queue.push(ssc.engine.parallelize([item]));
      await clock.advance(INTERVAL_MS);
    }
    expect(batches).toEqual([["1", "2", "3"], ["4", "5"], []]);
  });

  test("an empty queue gives the default", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const withDefault = collected(ssc.queueStream<number>([[1]], true, ssc.engine.parallelize([7, 8])));
    const without = collected(ssc.queueStream<number>([[1]], true, null));
    void ssc.start();
    await clock.advance(3 * INTERVAL_MS);
    expect(withDefault).toEqual([[1], [7, 8], [7, 8]]);
    expect(without).toEqual([[1]]);
  });
});

describe("receivers", () => {
  /** Stores records from several senders at once. */
  class ManySenders extends Receiver<number> {
    isDone = false;
    readonly #senders: number;
    readonly #recordsEach: number;

    constructor(senders: number, recordsEach: number) {
      super("MEMORY_ONLY_SER");
      this.#senders = senders;
      this.#recordsEach = recordsEach;
    }

    onStart(): void {
      const senders = Array.from({ length: this.#senders }, (_, sender) => this.#send(sender));
      void Promise.all(senders).then(() => {
        this.isDone = true;
      });
    }

    onStop(): void {}

    async #send(sender: number): Promise<void> {
      for (let n = 0; n < this.#recordsEach; n++) {
        await this.store(sender * this.#recordsEach + n);
        if (n % 100 === sender) await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  test("records of many senders all arrive, those of one in order", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const receiver = new ManySenders(10, 1000);
    const stream = ssc.receiverStream(receiver);
    const batches = collected(stream);
    const counts = collected(stream.count());
    void ssc.start();
    while (!receiver.isDone) {
      await clock.advance(INTERVAL_MS);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await clock.advance(INTERVAL_MS);
    expect(counts.flat().reduce((a, b) => a + b)).toBe(10_000);
    const rows = batches.flat();
    for (let sender = 0; sender < 10; sender++) {
      const own = rows.filter((n) => Math.floor(n / 1000) === sender);
      expect(own).toEqual(Array.from({ length: 1000 }, (_, n) => sender * 1000 + n));
    }
  });
});

describe("input streams of a context", () => {
  class Silent extends Receiver<string> {
    onStart(): void {}
    onStop(): void {}
  }

  test("are numbered from 0 in the order in which they are made, receivers or not", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const receivers = [new Silent(), new Silent()];
    const first = ssc.receiverStream(receivers[0]!);
    const queued = ssc.queueStream([["a", "b"]]);
    const second = ssc.receiverStream(receivers[1]!);
    const ids: number[][] = [];
    ssc.addStreamingListener({
      onBatchCompleted: ({ batchInfo }) => void ids.push([...batchInfo.streamIdToInputInfo.keys()].sort()),
    });
    collected(ssc.union([first, queued, second]));
    void ssc.start();
    await clock.advance(INTERVAL_MS);
    expect(receivers.map((receiver) => receiver.streamId)).toEqual([0, 2]);
    expect(ids).toEqual([[0, 1, 2]]);
  });

  test("one that no output uses does no harm", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    ssc.queueStream([[1], [2]]);
    const batches = collected(ssc.queueStream([["a"], ["b"]]));
    void ssc.start();
    await clock.advance(2 * INTERVAL_MS);
    await ssc.stop();
    await ssc.awaitTermination();
    expect(batches).toEqual([["a"], ["b"]]);
  });
});
