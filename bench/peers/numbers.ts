import { map, distinct as rxDistinct } from "rxjs";
import type { Peers } from "../support/bench.js";
import { csvRows, duckSide, textLines } from "./duckdb.js";
import { rxSide } from "./rxjs.js";

export const distinct: Peers<Uint8Array> = (bytes) => [
  duckSide({
    files: { lines: bytes },
    query: ({ lines }) => `select distinct line as key, 1 as number from ${textLines(lines!)}`,
  }),
  rxSide(bytes, (lines) =>
    lines.pipe(
      rxDistinct(),
      map((line): [string, number] => [line, 1]),
    ),
  ),
];

export const top100: Peers<Uint8Array> = (bytes) => [
  duckSide({
    files: { lines: bytes },
    query: ({ lines }) => `
      select 'place ' || (row_number() over (order by number desc) - 1) as key, number
      from (select number from ${csvRows(lines!, { number: "DOUBLE" })} order by number desc limit 100)`,
    collects: true,
  }),
];
