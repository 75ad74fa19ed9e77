import { describe, expect, it, test } from "vitest";
import type { PartitionedRows } from "../../../src/outputs/part-files.js";
import { type OutputBatch, type TransactionalSink, Transactions } from "../../../src/outputs/transactions.js";

const SAFE = { hasStore: true, hasLog: true, onBatchFailure: "stop" } as const;
const UNSAFE = { hasStore: false, hasLog: false, onBatchFailure: "continue" } as const;

/** A table with transactions. `broken` is called before each step, and may throw. */
class Table implements TransactionalSink<string> {
  readonly name = "table";
  readonly calls: string[] = [];
  readonly rows: string[] = [];
  last: number | undefined;
  broken: (step: string) => unknown = () => {};
  #written: string[] = [];

  async lastCommitted(query: string): Promise<number | undefined> {
    await this.broken("lastCommitted");
    this.calls.push(`lastCommitted ${query}`);
    return this.last;
  }

  async open(): Promise<void> {
    await this.broken("open");
    this.calls.push("open");
  }

  async begin({ id }: OutputBatch): Promise<void> {
    await this.broken("begin");
    this.#written = [];
    this.calls.push(`begin ${id}`);
  }

  async write({ id }: OutputBatch, partition: number, rows: Iterable<string>): Promise<void> {
    await this.broken("write");
    this.#written.push(...rows);
    this.calls.push(`write ${id} ${partition}`);
  }

  async commit({ id }: OutputBatch): Promise<void> {
    await this.broken("commit");
    this.rows.push(...this.#written);
    this.last = id;
    this.calls.push(`commit ${id}`);
  }

  async rollback({ id }: OutputBatch, error: unknown): Promise<void> {
    await this.broken("rollback");
    this.#written = [];
    this.calls.push(`rollback ${id}: ${String(error)}`);
  }

  async close(): Promise<void> {
    await this.broken("close");
    this.calls.push("close");
  }
}

function partitioned(...partitions: ReadonlyArray<Iterable<string>>): PartitionedRows {
  return {
    getNumPartitions: () => partitions.length,
    foreachPartition: async (fn) => {
      for (const [index, rows] of partitions.entries()) await fn(rows, index);
    },
  };
}

const batch = (id: number, attempt = 1) => ({ id, time: (id + 1) * 1000, attempt });
const failing = (step: string) => (at: string) => {
  if (at === step) throw new Error("the disk is gone");
};

async function opened(table: Table, safety: typeof SAFE | typeof UNSAFE = SAFE) {
  const warnings: string[] = [];
  const transactions = new Transactions(table, (line) => warnings.push(line));
  await transactions.open(safety);
  table.calls.length = 0;
  return { transactions, warnings };
}

describe("transactions", () => {
  it("write the partitions of a batch in order, then commit once", async () => {
    const table = new Table();
    const { transactions } = await opened(table);
    await transactions.write(batch(0), partitioned(["a", "b"], [], ["c"]));
    await transactions.write(batch(1), partitioned());
    expect(table.calls).toEqual([
      "lastCommitted table",
      "begin 0",
      "write 0 0",
      "write 0 1",
      "write 0 2",
      "commit 0",
      "lastCommitted table",
      "begin 1",
      "commit 1",
    ]);
    expect(table.rows).toEqual(["a", "b", "c"]);
  });

  it("leave a batch alone that the sink has, when it runs again", async () => {
    const table = new Table();
    const { transactions } = await opened(table);
    await transactions.write(batch(0), partitioned(["a"]));
    await transactions.write(batch(1), partitioned(["b"]));
    table.calls.length = 0;
    const { transactions: restarted } = await opened(table);
    for (const id of [0, 1]) await restarted.write(batch(id, 2), partitioned(["again"]));
    expect(table.calls).toEqual(["lastCommitted table", "lastCommitted table"]);
    await restarted.write(batch(2, 3), partitioned(["c"]));
    expect(table.rows).toEqual(["a", "b", "c"]);
  });

  it("refuse to run a batch for the first time that the sink has: nothing is left out unsaid", async () => {
    const table = new Table();
    table.last = 7;
    const { transactions } = await opened(table);
    const error = {
      name: "OutputError",
      code: "sink-ahead",
      message: expect.stringContaining("store"),
      details: { query: "table", batchId: 7, timeMs: 8000, lastCommitted: 7 },
    };
    await expect(transactions.write(batch(7), partitioned(["a"]))).rejects.toMatchObject(error);
    expect(table.rows).toEqual([]);
    await transactions.write(batch(8), partitioned(["b"]));
    expect(table.rows).toEqual(["b"]);
  });

  it("go on from the last number of the sink where no store keeps the numbers", async () => {
    const table = new Table();
    for (const rows of ["a", "b"]) {
      const { transactions } = await opened(table, UNSAFE);
      await transactions.write(batch(0), partitioned([rows]));
      await transactions.write(batch(1), partitioned([`${rows}2`]));
    }
    expect(table.rows).toEqual(["a", "a2", "b", "b2"]);
    expect(table.last).toBe(3);
    const { transactions } = await opened(table, UNSAFE);
    await transactions.write(batch(0), partitioned(["c"]));
    table.last = 9;
    const error = { code: "sink-ahead", message: expect.stringContaining("another process") };
    await expect(transactions.write(batch(1), partitioned(["d"]))).rejects.toMatchObject(error);
  });

  it("come one after the other when outputs overlap", async () => {
    const table = new Table();
    const { transactions } = await opened(table);
    let release!: () => void;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    table.broken = (step) => (step === "write" && table.last === undefined ? held : undefined);
    const writes = [transactions.write(batch(0), partitioned(["a"])), transactions.write(batch(1), partitioned(["b"]))];
    release();
    await Promise.all(writes);
    expect(table.calls.filter((call) => !call.startsWith("last"))).toEqual([
      "begin 0",
      "write 0 0",
      "commit 0",
      "begin 1",
      "write 1 0",
      "commit 1",
    ]);
  });

  it("may tell last numbers as bigint, as databases do", async () => {
    const table = new Table();
    table.last = 3n as unknown as number;
    const { transactions } = await opened(table);
    await transactions.write(batch(3, 2), partitioned(["a"]));
    expect(table.rows).toEqual([]);
  });
});

describe("transactions that fail", () => {
  test.each(["lastCommitted", "begin", "write", "commit"])("in %s name sink, step and batch", async (step) => {
    const table = new Table();
    const { transactions } = await opened(table);
    table.broken = failing(step);
    const error = {
      name: "OutputError",
      code: "sink-failed",
      message: expect.stringContaining(`The sink "table" failed in ${step}`),
      details: { query: "table", step },
      cause: new Error("the disk is gone"),
    };
    await expect(transactions.write(batch(0), partitioned(["a"]))).rejects.toMatchObject(error);
    expect(table.rows).toEqual([]);
    expect(table.calls.some((call) => call.startsWith("rollback 0"))).toBe(step !== "lastCommitted");
    table.broken = () => {};
    await transactions.write(batch(1), partitioned(["b"]));
    expect(table.rows).toEqual(["b"]);
  });

  test.each(["open", "lastCommitted"])("in %s at the start keep the context from starting", async (step) => {
    const table = new Table();
    table.broken = failing(step);
    const opening = new Transactions(table, () => {}).open(SAFE);
    await expect(opening).rejects.toMatchObject({ code: "sink-failed", details: { query: "table", step } });
  });

  it("in rollback too keep the first error, and say the second", async () => {
    const table = new Table();
    const { transactions, warnings } = await opened(table);
    table.broken = (step) => {
      if (step === "write" || step === "rollback") throw new Error(`no ${step}`);
    };
    const error = { details: { step: "write" } };
    await expect(transactions.write(batch(0), partitioned(["a"]))).rejects.toMatchObject(error);
    expect(warnings).toEqual([expect.stringContaining("no rollback")]);
  });

  test.each([1.5, "3", {}, Number.NaN])("know no batch %j", async (last) => {
    const table = new Table();
    table.last = last as number;
    const opening = new Transactions(table, () => {}).open(SAFE);
    await expect(opening).rejects.toMatchObject({ code: "invalid-batch-id", details: { query: "table" } });
  });

  it("because of their rows fail with the rows' error, also where the sink swallows it", async () => {
    const table = new Table();
    const { transactions } = await opened(table);
    const error = new TypeError("a row that throws");
    const broken = function* () {
      yield "a";
      throw error;
    };
    await expect(transactions.write(batch(0), partitioned(["x"], broken()))).rejects.toBe(error);
    table.write = async (_batch, _partition, rows) => {
      try {
        for (const _ of rows);
      } catch {
        // Takes what there is.
      }
    };
    await expect(transactions.write(batch(1), partitioned(broken()))).rejects.toBe(error);
    expect(table.rows).toEqual([]);
    expect(table.calls.filter((call) => call.startsWith("commit"))).toEqual([]);
  });
});

describe("the end of transactions", () => {
  it("closes a sink that was opened, once", async () => {
    const table = new Table();
    const { transactions } = await opened(table);
    await transactions.close();
    await transactions.close();
    expect(table.calls).toEqual(["close"]);
    const never = new Table();
    await new Transactions(never, () => {}).close();
    expect(never.calls).toEqual([]);
  });

  it("is an error where the sink fails in it", async () => {
    const table = new Table();
    const { transactions } = await opened(table);
    table.broken = failing("close");
    await expect(transactions.close()).rejects.toMatchObject({ code: "sink-failed", details: { step: "close" } });
  });

  it("waits for no batch that may never end, and closes afterwards", async () => {
    const table = new Table();
    const { transactions, warnings } = await opened(table);
    let release!: () => void;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let writing!: () => void;
    const begun = new Promise<void>((resolve) => {
      writing = resolve;
    });
    table.broken = (step) => {
      if (step === "close") throw new Error("no close");
      if (step !== "write") return undefined;
      writing();
      return held;
    };
    const written = transactions.write(batch(0), partitioned(["a"]));
    await begun;
    await transactions.close();
    expect(warnings).toEqual([]);
    release();
    await written;
    await Promise.resolve();
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([expect.stringContaining("no close")]);
  });
});
