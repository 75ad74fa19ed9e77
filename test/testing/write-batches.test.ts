import type { TransactionalSink } from "millrace";
import { writeBatches } from "millrace/testing";
import { expect, test } from "vitest";

function sink(calls: string[]): TransactionalSink<string> {
  let last: number | undefined;
  return {
    name: "rows",
    open: () => void calls.push("open"),
    lastCommitted: () => last,
    write: ({ id, time, attempt }, partition, rows) =>
      void calls.push(`${id} of ${time}, attempt ${attempt}, partition ${partition}: ${[...rows]}`),
    commit: ({ id }) => {
      last = id;
    },
    close: () => void calls.push("close"),
  };
}

test("writeBatches gives a sink batches as an output does, replays included", async () => {
  const calls: string[] = [];
  const rows = sink(calls);
  const batches = [
    { id: 0, partitions: [["a"], ["b", "c"]] },
    { id: 1, partitions: [[]], time: 5 },
  ];
  await writeBatches(rows, batches);
  expect(calls.splice(0)).toEqual([
    "open",
    "0 of 1000 ms, attempt 1, partition 0: a",
    "0 of 1000 ms, attempt 1, partition 1: b,c",
    "1 of 5 ms, attempt 1, partition 0: ",
    "close",
  ]);
  const again = batches.map((batch) => ({ ...batch, attempt: 2 }));
  await writeBatches(rows, [...again, { id: 2, partitions: [["d"]], attempt: 3 }]);
  expect(calls).toEqual(["open", "2 of 3000 ms, attempt 3, partition 0: d", "close"]);
});

test("writeBatches rejects with the first error, and closes the sink", async () => {
  const calls: string[] = [];
  const rows = sink(calls);
  rows.write = () => {
    throw new Error("no");
  };
  const writing = writeBatches(rows, [{ id: 0, partitions: [["a"]] }]);
  await expect(writing).rejects.toMatchObject({ code: "sink-failed", details: { query: "rows", step: "write" } });
  expect(calls).toEqual(["open", "close"]);
});
