import { capture, type Partitioner, type State } from "millrace";
import type { Kind, Type } from "./types.js";

// The lambdas that programs are made of, with what they take and give. They stand as a program would write them, so that those which can be lowered are.

type Rows = Iterable<unknown>;

/** `to` may name what a lambda takes: "same" as a kind, "key" and "value" of its pairs. */
interface Lambda {
  readonly from: Type | "pair";
  readonly to: string;
  // biome-ignore lint/suspicious/noExplicitAny: each takes what it says
  readonly fn: (...args: any[]) => any;
}

const lambda = (from: Lambda["from"], to: string, fn: Lambda["fn"]): Lambda => ({ from, to, fn });

export const MAPS: readonly Lambda[] = [
  lambda("number", "number", (n) => n + 1),
  lambda("number", "number", (n) => n * 2),
  lambda("number", "number", (n) => -n),
  lambda("number", "number", (n) => n % 3),
  lambda("number", "number:number", (n) => [n % 2, n]),
  lambda("number", "any:number", (n) => [n > 0, n]),
  lambda(
    "number",
    "number",
    capture(
      { by: 7 },
      ({ by }) =>
        (n) =>
          n - by,
    ),
  ),
  lambda("string", "string", (s) => s.toUpperCase()),
  lambda("string", "string", (s) => s.trim()),
  lambda("string", "string", (s) => `${s}!`),
  lambda("string", "number", (s) => s.length),
  lambda("string", "any:string", (s) => [s[0], s]),
  lambda("string", "number:string", (s) => [s.length, s]),
  lambda("string", "string:number", (word) => [word, 1]),
  lambda("any", "same:number", (row) => [row, 1]),
  lambda("any", "same:same", (row) => [row, row]),
  lambda("any", "string", (row) => typeof row),
  lambda("any", "any", (row) => ({ row, one: 1 })),
  lambda("any", "list", (row) => [row]),
  lambda("any", "number", (row) => (Number.isInteger(row) ? row : 0)),
  lambda("list", "number", (list) => list.length),
  lambda("list", "any", (list) => list[0]),
  lambda("list", "list", (list) => [...list].reverse()),
  lambda("pair", "value:key", ([key, value]) => [value, key]),
  lambda("pair", "key", ([key]) => key),
  lambda("pair", "value", (pair) => pair[1]),
  lambda("pair", "any:value", ([key, value]) => [[key], value]),
];

export const FLAT_MAPS: readonly Lambda[] = [
  lambda("string", "string", (line) => line.split(" ")),
  lambda("string", "string", (s) => s),
  lambda("number", "number", (n) => [n, n + 1]),
  lambda("any", "same", (row) => [row, row]),
  lambda("any", "same", (row) => new Set([row])),
  lambda("any", "same", (row) => (row === undefined ? [] : [row])),
  lambda("list", "any", (list) => list),
  lambda("any", "any", function* (row) {
    yield row;
    yield null;
  }),
];

/** Of words counted in the kernel. */
export const SPLITS = [
  (line: string) => line.split(" "),
  (line: string) => line.split("b"),
  capture(
    { separator: " " },
    ({ separator }) =>
      (line: string) =>
        line.split(separator),
  ),
];
export const PAIRINGS = [
  (word: string) => [word, 1],
  (word: string) => [word, 0.5],
  (word: string) => [word, -0],
  capture({ count: 3 }, ({ count }) => (word: string) => [word, count]),
];
export const SUM = (a: number, b: number) => a + b;

export const FILTERS: readonly Lambda[] = [
  lambda("number", "", (n) => n > 0),
  lambda("number", "", (n) => n % 2),
  lambda("string", "", (s) => s !== ""),
  lambda("string", "", (s) => s.startsWith("a")),
  lambda("string", "", (s) => s.length > 1),
  lambda(
    "string",
    "",
    capture(
      { stop: new Set(["a", "b"]) },
      ({ stop }) =>
        (s) =>
          !stop.has(s),
    ),
  ),
  lambda("any", "", (row) => row),
  lambda("any", "", (row) => row !== undefined),
  lambda("any", "", () => false),
  lambda("pair", "", (pair) => pair[1]),
  lambda("pair", "", ([key]) => typeof key === "string"),
];

export const MAP_PARTITIONS: readonly Lambda[] = [
  lambda("any", "number", (rows: Rows) => [[...rows].length]),
  lambda("any", "same", (rows: Rows) => [...rows].reverse()),
  lambda("any", "number:same", function* (rows: Rows) {
    let index = 0;
    for (const row of rows) yield [index++, row];
  }),
  lambda("number", "number", function* (rows: Iterable<number>) {
    let sum = 0;
    for (const n of rows) {
      sum += n;
      yield sum;
    }
  }),
];

export const SORT_KEYS: readonly Lambda[] = [
  lambda("number", "number", (n) => n),
  lambda("number", "number", (n) => n % 2),
  lambda("string", "string", (s) => s),
  lambda("string", "number", (s) => s.length),
  lambda("any", "string", (row) => typeof row),
  lambda("any", "number", (row) => (typeof row === "number" ? row : 1)),
];

export const GROUP_KEYS: readonly Lambda[] = [
  lambda("number", "number", (n) => n % 3),
  lambda("string", "any", (s) => s[0]),
  lambda("any", "same", (row) => row),
  lambda("any", "any", (row) => row === null || typeof row),
];

type Reduce = (a: never, b: never) => unknown;

/** Associative, not all commutative. `inverse(fn(x, y), x)` is y. */
export const REDUCERS: ReadonlyArray<{ readonly type: Kind; readonly fn: Reduce; readonly inverse?: Reduce }> = [
  { type: "number", fn: (a: number, b: number) => a + b, inverse: (a: number, b: number) => a - b },
  { type: "number", fn: (a: number, b: number) => Math.max(a, b) },
  { type: "number", fn: (a: number, b: number) => Math.min(a, b) },
  { type: "string", fn: (a: string, b: string) => a + b, inverse: (a: string, b: string) => a.slice(b.length) },
  { type: "list", fn: (a: [], b: []) => [...a, ...b], inverse: (a: [], b: []) => a.slice(b.length) },
  { type: "any", fn: (a) => a },
  { type: "any", fn: (_, b) => b },
];

/** What `reduceByKeyAndWindow` keeps. */
export const PAIR_FILTERS: ReadonlyArray<{ readonly type: Kind; readonly fn: (pair: never) => unknown }> = [
  { type: "number", fn: ([, sum]: [unknown, number]) => sum !== 0 },
  { type: "number", fn: ([, sum]: [unknown, number]) => sum > 1 },
  { type: "string", fn: ([, text]: [unknown, string]) => text.length > 0 },
  { type: "list", fn: ([, list]: [unknown, unknown[]]) => list.length % 2 === 1 },
];

interface Combine {
  readonly type: Kind;
  readonly to: Kind;
  /** Create, merge a value, merge combined ones. */
  readonly fns: readonly [
    (value: never) => unknown,
    (c: never, value: never) => unknown,
    (a: never, b: never) => unknown,
  ];
}

/** The last one shows which values were combined where. */
export const COMBINES: readonly Combine[] = [
  {
    type: "number",
    to: "number",
    fns: [(v: number) => v + 1, (c: number, v: number) => c + v + 1, (a: number, b: number) => a + b],
  },
  {
    type: "string",
    to: "string",
    fns: [(v: string) => v, (c: string, v: string) => `${c},${v}`, (a: string, b: string) => `${a},${b}`],
  },
  {
    type: "any",
    to: "list",
    fns: [(v) => ["create", v], (c: [], v) => ["value", ...c, v], (a: [], b: []) => ["merge", ...a, ...b]],
  },
];

interface Update {
  readonly type: Kind;
  readonly to: Kind;
  readonly fn: (values: never, state: never, key: never, time: never) => unknown;
}

export const UPDATES: readonly Update[] = [
  {
    type: "number",
    to: "number",
    fn: (values: number[], sum: number | undefined) => values.reduce((a, b) => a + b, sum ?? 0),
  },
  {
    type: "string",
    to: "string",
    fn: (values: string[], text: string | undefined) =>
      (text ?? "").length > 4 ? undefined : `${text ?? ""}${values.join("")}`,
  },
  {
    type: "any",
    to: "number",
    fn: (values: unknown[], batches: number | undefined) =>
      values.length === 0 && batches! > 1 ? undefined : (batches ?? 0) + 1,
  },
  {
    type: "any",
    to: "list",
    fn: (values: unknown[], state: unknown, key: unknown, time: { milliseconds: number }) => [
      key,
      time.milliseconds,
      values.length,
      state === undefined,
    ],
  },
  { type: "any", to: "any", fn: (values: unknown[]) => values.at(-1) },
];

interface PartitionUpdate {
  readonly to: Kind;
  readonly fn: (
    rows: Iterable<[unknown, unknown[], unknown]>,
    time: { milliseconds: number },
  ) => Iterable<[unknown, unknown]>;
}

export const PARTITION_UPDATES: readonly PartitionUpdate[] = [
  {
    to: "number",
    fn: function* (rows) {
      for (const [key, values, count] of rows) yield [key, values.length + ((count as number | undefined) ?? 0)];
    },
  },
  { to: "list", fn: (rows) => [...rows].reverse().map(([key, values]) => [key, values]) },
  {
    to: "number",
    fn: (rows, { milliseconds }) =>
      [...rows].flatMap(([key, values]): Array<[unknown, unknown]> => (values.length > 0 ? [[key, milliseconds]] : [])),
  },
];

interface Tracking {
  readonly form: "function" | "optional";
  readonly state: Kind;
  readonly to: Kind;
  readonly fn: (key: never, value: never, state: State<never>, time: never) => unknown;
}

/** What `mapWithState` calls; each takes any value. */
export const TRACKINGS: readonly Tracking[] = [
  {
    form: "function",
    state: "number",
    to: "list",
    fn: (key, value, state: State<unknown>) => {
      if (state.isTimingOut()) return ["gone", key, state.get()];
      state.update(((state.getOption() as number | undefined) ?? 0) + 1);
      return [key, value, state.get()];
    },
  },
  {
    form: "optional",
    state: "any",
    to: "any",
    fn: (key, value: unknown, state: State<unknown>, time: { milliseconds: number }) => {
      if (state.isTimingOut()) return [key, time.milliseconds, value];
      const before = state.exists() ? state.get() : null;
      // Objects may be the same from batch to batch, or only equal.
      if (typeof value !== "object" && before === value) state.remove();
      else if (value !== undefined) state.update(value);
      return before === null ? undefined : before;
    },
  },
  {
    form: "optional",
    state: "number",
    to: "list",
    fn: (key, value: unknown, state: State<unknown>) => {
      if (state.isTimingOut()) return undefined;
      const count = ((state.getOption() as number | undefined) ?? 0) + 1;
      // A second number only touches the key, a third record removes it.
      if (count === 3) state.remove();
      else if (count === 1 || typeof value !== "number") state.update(count);
      return [key, count];
    },
  },
  { form: "function", state: "number", to: "any", fn: (_key, _value, state: State<unknown>) => state.getOption() },
];

/** Divides keys by what they are. */
export const BY_TYPE: Partitioner = {
  numPartitions: 3,
  getPartition: (key) => (typeof key === "number" ? 2 : typeof key === "string" ? 1 : 0),
};
