import {
  MemoryStore,
  type OutputBatch,
  Receiver,
  type StreamingContext,
  type TransactionalSink,
  transactionalOutput,
} from "millrace";
import { afterEach, beforeEach, describe, expect, it, type MockInstance, test, vi } from "vitest";
import { manualContext, stopContexts } from "../support/batches.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const folder = temporaryFolder();
let warn: MockInstance;

beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

class Quiet extends Receiver<string> {
  onStart(): void {}
  onStop(): void {}
}

const nothing: TransactionalSink<unknown> = {
  name: "totals",
  lastCommitted: () => undefined,
  write: () => {},
  commit: () => {},
};

async function* noBytes(): AsyncIterable<Uint8Array> {}

/** One of each kind of source and sink. */
function everything(ssc: StreamingContext): void {
  ssc.textFileStream(folder.at("in")).saveAsTextFiles(folder.at("out"));
  ssc.queueStream([[1]]).foreachRDD(() => {});
  ssc.pushStream({ name: "clicks" }).print();
  transactionalOutput(ssc.socketTextStream("localhost", 9), nothing);
  ssc.receiverStream(new Quiet()).saveAsObjectFiles(folder.at("rows"));
  void ssc.textStream(noBytes()).batches();
}

const words = (lines: readonly string[]) => lines.map((line) => line.split(";")[0]);

describe("guarantees", () => {
  it("say what each source and sink promises without a store", () => {
    const { ssc } = manualContext();
    everything(ssc);
    expect(words(ssc.guarantees())).toEqual([
      "source 0 textFileStream: until-restart",
      "source 1 queueStream: once-or-lost",
      "source 2 clicks: once-or-lost",
      "source 3 socketTextStream: once-or-lost",
      "source 4 receiverStream: once-or-lost",
      "source 5 textStream: once-or-lost",
      "sink 0 saveAsTextFiles: once-or-lost",
      "sink 1 foreachRDD: once-or-lost",
      "sink 2 print: once-or-lost",
      "sink 3 transactionalOutput totals: once-or-lost",
      "sink 4 saveAsObjectFiles: once-or-lost",
      "sink 5 batches: once-or-lost",
    ]);
  });

  it("are better with a store, and say what a failed batch means", () => {
    const { ssc } = manualContext({ checkpoint: new MemoryStore() });
    everything(ssc);
    const lines = ssc.guarantees();
    expect(words(lines)).toEqual([
      "source 0 textFileStream: exact",
      "source 1 queueStream: once-or-lost",
      "source 2 clicks: once-or-lost",
      "source 3 socketTextStream: once-or-lost",
      "source 4 receiverStream: once-or-lost",
      "source 5 textStream: once-or-lost",
      "sink 0 saveAsTextFiles: exact",
      "sink 1 foreachRDD: at-least-once",
      "sink 2 print: at-least-once",
      "sink 3 transactionalOutput totals: exact",
      "sink 4 saveAsObjectFiles: exact",
      "sink 5 batches: at-least-once",
    ]);
    const butFailed = (all: readonly string[]) => all.filter((line) => line.includes("a batch that fails is left out"));
    expect(butFailed(lines)).toHaveLength(3);
    const { ssc: stopping } = manualContext({ checkpoint: new MemoryStore(), onBatchFailure: "stop" });
    everything(stopping);
    expect(butFailed(stopping.guarantees())).toEqual([]);
  });

  it("are best with a log of what is received, where its source waits for that", () => {
    const { ssc } = manualContext({ checkpoint: new MemoryStore(), receiverWriteAheadLog: true });
    everything(ssc);
    expect(words(ssc.guarantees()).slice(0, 6)).toEqual([
      "source 0 textFileStream: exact",
      "source 1 queueStream: once-or-lost",
      "source 2 clicks: exact",
      "source 3 socketTextStream: once-or-lost",
      "source 4 receiverStream: at-least-once",
      "source 5 textStream: once-or-lost",
    ]);
  });

  it("are printed at the start where a store is set, and only there", async () => {
    for (const checkpoint of [undefined, new MemoryStore()]) {
      const { ssc } = manualContext({ ...(checkpoint && { checkpoint }) });
      ssc.queueStream([[1]]).print();
      await ssc.start();
      const printed = warn.mock.calls.map(([line]) => line);
      expect(printed).toEqual(checkpoint ? ssc.guarantees().map((line) => `millrace: ${line}`) : []);
      await ssc.stop();
    }
  });
});

describe("foreachRDD", () => {
  it("is told the attempt of a batch", async () => {
    const { ssc, clock } = manualContext();
    const seen: unknown[] = [];
    ssc.queueStream([["a"], ["b"]]).foreachRDD(async (rdd, time, run) => {
      seen.push([await rdd.collect(), time.milliseconds, run]);
    });
    void ssc.start();
    await clock.advance(2000);
    expect(seen).toEqual([
      [["a"], 1000, { attempt: 1 }],
      [["b"], 2000, { attempt: 1 }],
    ]);
  });
});

/** A table in memory whose rows and last batch change together. */
class Table implements TransactionalSink<[string, number]> {
  readonly name = "counts";
  readonly rows: Array<[string, number]> = [];
  last: number | undefined;
  isOpen = false;
  #written: Array<[string, number]> = [];
  failsIn: string | undefined;

  open(): void {
    this.isOpen = true;
  }
  lastCommitted(): number | undefined {
    return this.last;
  }
  begin(): void {
    this.#written = [];
  }
  write(batch: OutputBatch, _partition: number, rows: Iterable<[string, number]>): void {
    if (this.failsIn === `write ${batch.time.milliseconds}`) throw new Error("no space");
    this.#written.push(...rows);
  }
  commit({ id }: OutputBatch): void {
    this.rows.push(...this.#written);
    this.last = id;
  }
  close(): void {
    this.isOpen = false;
  }
}

describe("transactionalOutput", () => {
  it("writes every batch once, and closes the sink when the context has stopped", async () => {
    const { ssc, clock } = manualContext({ master: "local[2]" });
    const table = new Table();
    const lines = ssc.queueStream([["a b a"], ["b"], []]);
    const counts = lines
      .flatMap((line) => line.split(" "))
      .map((word): [string, number] => [word, 1])
      .reduceByKey((a, b) => a + b, 1);
    transactionalOutput(counts, table);
    void ssc.start();
    await clock.advance(3000);
    expect(table.isOpen).toBe(true);
    await ssc.stop();
    expect(table).toMatchObject({ isOpen: false, last: 2 });
    expect(table.rows).toEqual([
      ["a", 2],
      ["b", 1],
      ["b", 1],
    ]);
  });

  it("fails the batch clearly where the sink fails; the next one goes on", async () => {
    const { ssc, clock } = manualContext();
    const table = new Table();
    table.failsIn = "write 2000";
    const pairs = ssc.queueStream<[string, number]>([[["a", 1]], [["b", 1]], [["c", 1]]]);
    transactionalOutput(pairs, table);
    void ssc.start();
    await clock.advance(3000);
    expect(table.rows).toEqual([
      ["a", 1],
      ["c", 1],
    ]);
    const details = { query: "counts", step: "write", batchId: 1, timeMs: 2000, attempt: 1, partition: 0 };
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ name: "OutputError", code: "sink-failed", details });
  });

  it("does not start where the sink cannot be opened", async () => {
    const { ssc } = manualContext();
    transactionalOutput(ssc.queueStream([[1]]), {
      ...nothing,
      open: async () => {
        throw new Error("no such database");
      },
    });
    await expect(ssc.start()).rejects.toMatchObject({ code: "sink-failed", details: { step: "open" } });
    expect(ssc.getState()).toBe("STOPPED");
  });

  test.each<[string, unknown]>([
    ["no object", undefined],
    ["no name", { ...nothing, name: "" }],
    ["no write", { ...nothing, write: undefined }],
    ["no lastCommitted", { ...nothing, lastCommitted: 7 }],
    ["an open that is no function", { ...nothing, open: true }],
  ])("refuses a sink that is or has %s, when the graph is built", (_, sink) => {
    const { ssc } = manualContext();
    const stream = ssc.queueStream([[1]]);
    expect(() => transactionalOutput(stream, sink as TransactionalSink<number>)).toThrow(
      expect.objectContaining({ name: "PlanError", code: "invalid-sink" }),
    );
  });

  it("refuses a name that another output has", () => {
    const { ssc } = manualContext();
    transactionalOutput(ssc.queueStream([[1]]), nothing);
    expect(() => transactionalOutput(ssc.queueStream([[1]]), nothing)).toThrow(
      expect.objectContaining({
        name: "PlanError",
        code: "query-taken",
        details: expect.objectContaining({ query: "totals" }),
      }),
    );
  });
});
