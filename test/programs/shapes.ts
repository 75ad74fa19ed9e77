// Functions that do not keep their contract, thirty and more of them, each on a line of text; `SHAPES` says what comes of each.
import type { DStream, StreamingContext } from "millrace";

/** Rows of what a wrong function makes; a batch of lines with "bad" among them is the one that fails. */
type Wrong = (lines: DStream<string>) => DStream<unknown>;

/** What nobody expects of a function: unknown to the types, as a program in JavaScript would give it. */
const any = (value: unknown) => value as never;
const isBad = (line: unknown) => String(line).includes("bad");
const pairs = (lines: DStream<string>) => lines.map((line): [string, unknown] => [line, [line].length]);
/** Two values for each key, so that reducers are called. */
const twice = (lines: DStream<string>) =>
  lines.flatMap(
    (line): Array<[string, unknown]> => [
      [line, [line]],
      [line, [line]],
    ],
  );

/** An iterator whose step of that number does something else. */
const iterator = (count: number, odd: () => unknown) => ({
  [Symbol.iterator]: () => {
    let n = 0;
    return { next: () => (n++ < count ? { done: false, value: n } : odd()) };
  },
});

const boom = () => {
  throw new RangeError("boom");
};

class Unshowable {
  toString(): string {
    throw new Error("not shown");
  }
  toJSON(): never {
    throw new Error("not shown");
  }
}

const later = () => Promise.resolve(1);
const trap = () =>
  new Proxy({}, { get: boom, has: boom, ownKeys: boom, getOwnPropertyDescriptor: boom, getPrototypeOf: boom });

/** By name: the operator with the wrong function, and the code of the error. */
export const SHAPES: ReadonlyArray<readonly [name: string, code: string, wrong: Wrong]> = [
  ["map throws an error", "function-threw", (s) => s.map((line) => (isBad(line) ? boom() : line))],
  [
    "map throws a string",
    "function-threw",
    (s) =>
      s.map((line) => {
        if (isBad(line)) throw "text";
        return line;
      }),
  ],
  [
    "map throws undefined",
    "function-threw",
    (s) =>
      s.map((line) => {
        if (isBad(line)) throw undefined;
        return line;
      }),
  ],
  [
    "map throws what cannot be shown",
    "function-threw",
    (s) =>
      s.map((line) => {
        if (isBad(line)) throw new Unshowable();
        return line;
      }),
  ],
  [
    "map throws a frozen error",
    "function-threw",
    (s) =>
      s.map((line) => {
        if (isBad(line)) throw Object.freeze(new Error("ice"));
        return line;
      }),
  ],
  [
    "map throws a proxy",
    "function-threw",
    (s) =>
      s.map((line) => {
        if (isBad(line)) throw trap();
        return line;
      }),
  ],
  [
    "map throws an error that cannot be read",
    "function-threw",
    (s) =>
      s.map((line) => {
        if (isBad(line)) throw Object.defineProperty(new Error("x"), "message", { get: boom });
        return line;
      }),
  ],
  [
    "map recurses for ever",
    "function-threw",
    (s) =>
      s.map((line) => {
        const f = (): number => 1 + f();
        return isBad(line) ? f() : line;
      }),
  ],
  ["map returns a promise", "wrong-shape", (s) => s.map((line) => (isBad(line) ? any(later()) : line))],
  [
    "map returns a promise that rejects",
    "wrong-shape",
    (s) => s.map((line) => (isBad(line) ? any(Promise.reject(new Error("no"))) : line)),
  ],
  ["filter returns a promise", "wrong-shape", (s) => s.filter((line) => (isBad(line) ? later() : true))],
  ["filter throws", "function-threw", (s) => s.filter((line) => (isBad(line) ? boom() : true))],
  ["flatMap returns undefined", "wrong-shape", (s) => s.flatMap((line) => (isBad(line) ? any(undefined) : [line]))],
  ["flatMap returns null", "wrong-shape", (s) => s.flatMap((line) => (isBad(line) ? any(null) : [line]))],
  ["flatMap returns a number", "wrong-shape", (s) => s.flatMap((line) => (isBad(line) ? any(7) : [line]))],
  ["flatMap returns an object", "wrong-shape", (s) => s.flatMap((line) => (isBad(line) ? any({ length: 1 }) : [line]))],
  ["flatMap returns a promise", "wrong-shape", (s) => s.flatMap((line) => (isBad(line) ? any(later()) : [line]))],
  [
    "flatMap returns an iterator that throws",
    "function-threw",
    (s) => s.flatMap((line) => (isBad(line) ? any(iterator(2, boom)) : [line])),
  ],
  [
    "flatMap returns an iterator of no steps",
    "function-threw",
    (s) => s.flatMap((line) => (isBad(line) ? any(iterator(2, () => 7)) : [line])),
  ],
  [
    "flatMap returns an iterator without next",
    "function-threw",
    (s) => s.flatMap((line) => (isBad(line) ? any({ [Symbol.iterator]: () => ({}) }) : [line])),
  ],
  [
    "flatMap returns an iterable whose iterator throws",
    "function-threw",
    (s) => s.flatMap((line) => (isBad(line) ? any({ [Symbol.iterator]: boom }) : [line])),
  ],
  [
    "flatMap returns a generator that throws",
    "function-threw",
    (s) =>
      s.flatMap((line) =>
        isBad(line)
          ? (function* () {
              yield "one";
              boom();
            })()
          : [line],
      ),
  ],
  [
    "mapPartitions returns undefined",
    "wrong-shape",
    (s) => s.mapPartitions((rows) => ([...rows].some(isBad) ? any(undefined) : ["rows"])),
  ],
  [
    "mapPartitions throws",
    "function-threw",
    (s) => s.mapPartitions((rows) => ([...rows].some(isBad) ? boom() : ["rows"])),
  ],
  [
    "mapPartitions returns a promise",
    "wrong-shape",
    (s) => s.mapPartitions((rows) => ([...rows].some(isBad) ? any(later()) : ["rows"])),
  ],
  ["mapValues throws", "function-threw", (s) => pairs(s.filter(isBad)).mapValues(boom)],
  ["mapValues returns a promise", "wrong-shape", (s) => pairs(s.filter(isBad)).mapValues(() => any(later()))],
  ["flatMapValues returns a number", "wrong-shape", (s) => pairs(s.filter(isBad)).flatMapValues(() => any(7))],
  [
    "reduceByKey of rows that are no pairs",
    "not-a-pair",
    (s) =>
      (s.filter(isBad).map((line) => [line]) as unknown as DStream<[string, number]>).reduceByKey(
        (a, b) => Number(a) + b,
        1,
      ),
  ],
  ["reduceByKey throws", "function-threw", (s) => twice(s.filter(isBad)).reduceByKey(boom, 1)],
  ["reduceByKey returns a promise", "wrong-shape", (s) => twice(s.filter(isBad)).reduceByKey(() => any(later()), 1)],
  [
    "a key that is a function",
    "unsupported-key",
    (s) =>
      s
        .filter(isBad)
        .map((line): [unknown, number] => [() => line, 1])
        .reduceByKey((a, b) => Number(a) + b, 1),
  ],
  [
    "a key that is cyclic",
    "unsupported-key",
    (s) =>
      s
        .filter(isBad)
        .map((): [unknown, number] => {
          const key: unknown[] = [];
          key.push(key);
          return [key, 1];
        })
        .reduceByKey((a, b) => Number(a) + b, 1),
  ],
  [
    "reduce returns a promise",
    "wrong-shape",
    (s) =>
      s
        .filter(isBad)
        .flatMap((line) => [[line], [line]])
        .reduce(() => any(later())),
  ],
  [
    "updateStateByKey returns a promise",
    "wrong-shape",
    (s) => pairs(s.filter(isBad)).updateStateByKey(() => any(later())),
  ],
  ["updateStateByKey throws", "function-threw", (s) => pairs(s.filter(isBad)).updateStateByKey(boom)],
];

/** The stream of a shape, which the address names in a worker: `?shape=3`. */
export default function program(
  ssc: StreamingContext,
  shape = Number(new URL(import.meta.url).searchParams.get("shape")),
) {
  const lines = ssc.pushStream();
  const [, , wrong] = SHAPES[shape]!;
  const tame = lines.map((line): [string, number] => [line, [line].length]);
  return {
    lines,
    wrong: wrong(lines),
    // State beside it goes on.
    counts: tame.updateStateByKey((values, sum: number | undefined) => values.reduce((a, b) => a + b, sum ?? 0)),
  };
}
