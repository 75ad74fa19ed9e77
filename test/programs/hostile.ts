// Closures that do to their thread what the line says: what a program may do by mistake, where its host must go on.
import { existsSync, writeFileSync } from "node:fs";
import { isMainThread, parentPort, threadId } from "node:worker_threads";
import type { DStream, PushInput, StreamingContext } from "millrace";

const acts: Record<string, (what: string) => unknown> = {
  hang: () => {
    for (;;);
  },
  // Backtracks for longer than anybody waits.
  regex: () => /^(a+)+$/.test(`${"a".repeat(60)}!`),
  exit: () => process.exit(3),
  close: () => parentPort?.close(),
  memory: () => {
    const held: number[][] = [];
    for (;;) held.push(new Array(100_000).fill(held.length));
  },
  later: () => {
    void Promise.reject(new Error("nobody waits for this"));
    return "later";
  },
  throw: (what) => {
    throw new RangeError(`no ${what}`);
  },
  thread: () => (isMainThread ? "main" : `worker ${threadId}`),
};

const act = acts;
const there = existsSync;
const write = writeFileSync;

export interface Handles {
  readonly lines: DStream<string> & PushInput<string>;
  readonly acted: DStream<string>;
  readonly counts: DStream<[string, number]>;
}

/** A line is `ACT`, `ACT WHAT`, or `once FILE ACT`, which acts where the file is not there yet; others are upper-cased. */
export default function program(ssc: StreamingContext): Handles {
  const lines = ssc.pushStream();
  const acted = lines.map((line) => {
    const [first = "", second = "", third = ""] = line.split(" ");
    if (first === "once") {
      if (!there(second)) {
        write(second, "");
        act[third]!(third);
      }
      return "once";
    }
    return String(Object.hasOwn(act, first) ? act[first]!(second) : line.toUpperCase());
  });
  const counts = acted
    .map((text): [string, number] => [text, [text].length])
    .updateStateByKey((values, sum: number | undefined) => values.reduce((a, b) => a + b, sum ?? 0));
  return { lines, acted, counts };
}
