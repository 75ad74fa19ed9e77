// Streams of closures that nobody can read, for contexts on any number of threads.
import { getEnvironmentData, isMainThread, threadId } from "node:worker_threads";
import { capture, type DStream, Engine, type PushInput, type StreamingContext } from "millrace";

// Not used inside lambdas by their imported names: a test runner rewrites those, and the sources would differ.
const thread = threadId;
const onMain = isMainThread;
const environment = getEnvironmentData;

export interface Handles {
  readonly lines: DStream<string> & PushInput<string>;
  readonly counts: DStream<[string, number]>;
  readonly lengths: DStream<number>;
  readonly windowed: DStream<[string, number]>;
  readonly joined: DStream<[string, [number, string]]>;
  readonly total: DStream<number>;
  readonly threads: DStream<[string, number]>;
  readonly throwing: DStream<string>;
  readonly unsendable: DStream<() => string>;
  readonly instances: DStream<Line>;
  readonly foreign: DStream<string>;
}

/** What `gate` counts: tasks that have come through. */
const gateOf = () => environment("millrace-test-gate") as Int32Array | undefined;

/** Two deaths a batch: a task that ended every thread would end the batch. */
const mayDie = () => {
  const deaths = environment("millrace-test-deaths") as Int32Array | undefined;
  return deaths !== undefined && Atomics.add(deaths, 0, 1) < 2;
};

class OddError extends Error {
  override name = "OddError";
  readonly extra = { at: [1, 2] };
}

class Line {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get length(): number {
    return this.text.length;
  }
}

/** Not the context's: workers cannot tell anybody what it is given. */
const outside = new Engine({ master: "local[1]" }).accumulator(0, "outside");

export default function program(ssc: StreamingContext): Handles {
  const seen = ssc.engine.accumulator(0, "seen");
  const lists = ssc.engine.accumulator({
    zero: [] as string[],
    add: (list: string[], word: string) => [...list, word],
    merge: (a, b) => [...a, ...b],
    name: "words that begin with z",
  });
  accumulators = { seen, lists, outside };
  const stop = ssc.engine.broadcast(new Set(["the"]));
  const lines = ssc.pushStream();
  const words = lines.flatMap((line) => {
    seen.add(1);
    return line.split(" ").map((word) => word.toLowerCase());
  });
  const kept = words.filter((word) => !stop.value.has(word) && word !== "");
  const counts = kept
    .map((word): [string, number] => {
      if (word.startsWith("z")) lists.add(word);
      return [word, { one: 1 }.one];
    })
    .reduceByKey((a, b) => Number(a) + b);
  const initials = kept
    .map((word): [string, string] => [word, word.slice(0, 1)])
    .filter(
      capture(
        { initials: new Set(["a", "b", "c"]) },
        ({ initials }) =>
          (pair: [string, string]) =>
            initials.has(pair[1]),
      ),
    );
  return {
    lines,
    counts,
    lengths: kept.mapPartitions((rows) => [[...rows].reduce((sum, word) => sum + word.length, 0)]),
    windowed: kept
      .map((word): [string, number] => [word, [word].length])
      .reduceByKeyAndWindow((a, b) => [a, b].reduce((x, y) => x + y), ssc.batchInterval.times(3), ssc.batchInterval),
    joined: counts.join(initials.map((pair): [string, string] => [...pair])),
    total: kept.map((word) => [word].length).reduce((a, b) => [a, b].reduce((x, y) => x + y)),
    threads: kept.map((word): [string, number] => {
      const gate = gateOf();
      if (gate) {
        // The one with "slow" waits until as many others as it says have come through, on whichever thread.
        const awaited = word.startsWith("slow") ? Number(word.slice(4)) : 0;
        for (let count = Atomics.load(gate, 0); count < awaited; count = Atomics.load(gate, 0)) {
          Atomics.wait(gate, 0, count);
        }
        Atomics.add(gate, 0, 1);
        Atomics.notify(gate, 0);
      }
      return [word, thread];
    }),
    throwing: lines.map((line) => {
      if (line.startsWith("odd")) throw new OddError(`odd: ${line}`, { cause: new RangeError("below") });
      if (line === "dies" && !onMain && mayDie()) process.exit(1);
      return line.toUpperCase();
    }),
    unsendable: lines.map((line) => () => line),
    instances: lines.map((line) => new Line(line)).filter((line) => line.length > 4),
    foreign: lines.map((line) => {
      outside.add(1);
      return [line].join();
    }),
  };
}

export let accumulators: {
  seen: { readonly value: number };
  lists: { readonly value: readonly string[] };
  outside: { readonly value: number };
};
