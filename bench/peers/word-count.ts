import { map, mergeMap, pipe } from "rxjs";
import type { Peers } from "../support/bench.js";
import { duckSide, textLines } from "./duckdb.js";
import { rxSide, sumByKey } from "./rxjs.js";

const words = pipe(
  mergeMap((line: string) => line.split(" ")),
  map((word): [string, number] => [word, 1]),
);

export const wordCount: Peers<Uint8Array> = (text) => [
  duckSide({
    files: { text },
    query: ({ text }) => `
      select word as key, count(*) as number
      from (select unnest(string_split(line, ' ')) as word from ${textLines(text!)})
      group by word`,
  }),
  rxSide(text, (lines) => lines.pipe(words, sumByKey)),
];

export const strings: Peers<readonly string[]> = (lines) => [rxSide(lines, (given) => given.pipe(words, sumByKey))];
