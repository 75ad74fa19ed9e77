import { beforeAll, describe, expect, it } from "vitest";
import { capture } from "../../../src/lowering/capture.js";
import { ensureParser } from "../../../src/lowering/parser.js";
import { ofLines, ofRows, plainly, type Step } from "../../support/chains.js";
import { ARTEFACTS, newKernel } from "../../support/kernel.js";

beforeAll(ensureParser);

/** More rows than several vectors hold. */
const LINES = Array.from({ length: 5000 }, (_, i) =>
  i % 97 === 0 ? "" : `user${i % 31},${i % 13 === 0 ? "none" : i / 8},view${i % 3}${",x".repeat(i % 5)} \u{1f600}${i}`,
);

const steps = (...list: Step[]): Step[] => list;
const map = (fn: (row: never) => unknown): Step => ["map", fn];
const filter = (fn: (row: never) => unknown): Step => ["filter", fn];
const flatMap = (fn: (row: never) => unknown): Step => ["flatMap", fn];

const CHAINS: Record<string, Step[]> = {
  "pieces of a split, numbers, a filter between": steps(
    map((line: string) => line.split(",")),
    filter((parts: string[]) => Number(parts[1]) > 100 && parts[2] !== "view1"),
    map((parts: string[]) => [parts[0], Number(parts[1]) * 2 - 1, parts.length]),
  ),
  "records that filters drop fields of": steps(
    map((line: string) => {
      const [user, amount, kind] = line.split(",");
      return { user, amount: Number(amount), kind: kind ?? "none" };
    }),
    filter(({ kind }: { kind: string }) => kind.startsWith("view2")),
    filter(({ amount }: { amount: number }) => !Number.isNaN(amount)),
    map(({ user, amount }: { user: string; amount: number }) => [user, Math.floor(amount)]),
  ),
  "words, mapped and filtered where they are split": steps(
    flatMap((line: string) =>
      line
        .split(",")
        .filter((word) => word !== "x")
        .map((word) => [word.toUpperCase(), line.length]),
    ),
    filter(([, length]: [string, number]) => length % 2 === 0),
    map(([word, length]: [string, number]) => `${word}:${length}`),
  ),
  "words of words": steps(
    flatMap((line: string) => line.split(",")),
    filter((word: string) => word.length > 1),
    flatMap((word: string) => word.split("e")),
    map((word: string) => [word, word.length]),
  ),
  "a few rows of each": steps(
    map((line: string) => [line.slice(0, 6), line.length] as const),
    flatMap(([user, length]: readonly [string, number]) => [
      [user, length, true],
      ["all", length / 2, undefined],
      [user, null, "x"],
    ]),
    filter(([user, length]: [string, number]) => length !== 12 && user !== ""),
  ),
  "one row or none": steps(
    flatMap((line: string) => (line.includes("view1") ? [line.split(",")[0]] : [])),
    flatMap((user: string) => (user === "user3" ? [] : user === "user4" ? [user, "four"] : [user])),
  ),
  "what is no row of its kind is undefined, and filtered out": steps(
    map((line: string) => {
      const [user, amount] = line.split(",");
      if (amount === undefined) return undefined;
      return amount === "none" ? null : { user, amount: Number(amount) };
    }),
    filter((row: { amount: number } | null | undefined) => row !== undefined && row?.amount !== 12),
    filter((row: unknown) => row),
    map(({ user, amount }: { user: string; amount: number }) => [user, amount]),
  ),
  "JSON where a line has some": steps(
    map((line: string) =>
      line.startsWith("user1") ? `{"n":${line.length},"tags":["a","${line.slice(0, 5)}"]}` : line,
    ),
    filter((line: string) => line.startsWith("{") && JSON.parse(line).n > 15),
    map((line: string) => JSON.parse(line)),
    flatMap((row: { n: number; tags: string[] }) => row.tags.map((tag) => [tag, row.n, row.tags.length])),
  ),
  "no row at all": steps(filter((line: string) => line.length > 1000)),
  "a split at several characters": steps(
    flatMap((line: string) => line.split(",x")),
    map((part: string) => [part.split("view")[1] ?? "", part.trim().length]),
  ),
  "what is asked of each piece is asked once": steps(
    map((line: string) => {
      const [user, amount] = line.split(",").map((part) => part.trim());
      return [amount, user, `${user}-${amount}`];
    }),
  ),
};

describe.each(ARTEFACTS)("chains as programs (%s)", (artefact) => {
  it.each(Object.entries(CHAINS))("give the same rows as JavaScript: %s", (_, chain) => {
    const kernel = newKernel(artefact);
    const taken = kernel.memory.bytesTaken;
    expect(ofLines(kernel, LINES, chain)).toEqual(plainly(LINES, chain));
    // The program stays for runs to come, until its room is needed; the table of powers stays.
    expect(kernel.memory.reclaim()).toBe(true);
    expect(kernel.memory.bytesTaken - taken).toBeLessThan(2 ** 15);
  });

  it("give the same rows of frames", () => {
    const kernel = newKernel(artefact);
    const rows = LINES.map((line, i) => ({ line, n: i % 7 === 0 ? null : i / 3, ok: i % 2 === 0 }));
    type Row = (typeof rows)[number];
    const chain = steps(
      filter(({ n, ok }: Row) => ok || n === null),
      map(({ line, n }: Row) => [line.endsWith("7"), (n ?? -1) % 5, n === null ? "none" : n]),
      filter(([seven, rest]: [boolean, number]) => !seven || rest > 1),
    );
    expect(ofRows(kernel, rows, chain)).toEqual(plainly(rows, chain));
  });

  it("look up in captured maps, sets, objects and arrays", () => {
    const kernel = newKernel(artefact);
    const users = new Map(Array.from({ length: 25 }, (_, i) => [`user${i}`, { age: i, name: `N${i}` }]));
    const kinds = new Map<unknown, number>([
      ["view0", 0],
      ["view1", Number.NaN],
      [7, -0],
    ]);
    const values = {
      users,
      kinds,
      blocked: new Set(["user3", "user4"]),
      names: { view0: "a", view2: "c" },
      list: [5, 6, 7],
    };
    const chain = steps(
      map(
        capture(values, ({ users, kinds, names, list }) => (line: string) => {
          const [user, amount, kind] = line.split(",");
          const found = users.get(user!);
          return [
            user,
            kinds.get(kind!.slice(0, 5)),
            found?.age,
            names[kind!.slice(0, 5) as "view0"],
            list[Number(amount)],
          ];
        }) as never,
      ),
      filter(
        capture(
          values,
          ({ blocked }) =>
            (row: unknown[]) =>
              !blocked.has(row[0] as string),
        ) as never,
      ),
      map(
        capture(values, ({ users }) => (row: unknown[]) => [
          row,
          users.has(row[0] as string) ? users.get(row[0] as string)!.name : "",
        ]) as never,
      ),
    );
    const lines = LINES.filter((line) => line !== "");
    expect(ofLines(kernel, lines, chain)).toEqual(plainly(lines, chain));
  });
});
