import { join, map } from "@tanstack/db-ivm";
import { op, from as tableFrom } from "arquero";
import type { Peers } from "../support/bench.js";
import type { KeyedWindowInput } from "../support/keyed-windows.js";
import { linesOf } from "../support/lines.js";
import type { Reading } from "../support/readings.js";
import { arqueroSide } from "./arquero.js";
import { duckSide, jsonRows } from "./duckdb.js";
import { ivmSide, ivmWindow, type Lines, sums } from "./ivm.js";

const COLUMNS = { key: "INTEGER", value: "DOUBLE" };

const parsed = (bytes: Uint8Array) => tableFrom(linesOf(bytes).map((line): Reading => JSON.parse(line)));

const keyed = (lines: Lines) =>
  lines.pipe(
    map((line): Reading => JSON.parse(line)),
    map(({ key, value }): [number, number] => [key, value]),
  );

export const groupIntegers: Peers<Uint8Array> = (bytes) => [
  duckSide({
    files: { readings: bytes },
    query: ({ readings }) => `
      with groups as (
        select key, sum(value) as sum, max(value) as max from ${jsonRows(readings!, COLUMNS)} group by key
      )
      select 'sum ' || key as key, sum as number from groups union all select 'max ' || key, max from groups`,
  }),
  arqueroSide(() => {
    const groups = parsed(bytes)
      .groupby("key")
      .rollup({ sum: (row: Reading) => op.sum(row.value), max: (row: Reading) => op.max(row.value) });
    type Group = { key: number; sum: number; max: number };
    const sums = groups
      .select("key", "sum")
      .derive({ key: (row: Group) => `sum ${row.key}` })
      .rename({ sum: "number" });
    const maxima = groups
      .select("key", "max")
      .derive({ key: (row: Group) => `max ${row.key}` })
      .rename({ max: "number" });
    return sums.concat(maxima);
  }),
];

export const hashJoin: Peers<{ readonly readings: Uint8Array; readonly weights: Uint8Array }> = (input) => [
  duckSide({
    files: { readings: input.readings, weights: input.weights },
    query: ({ readings, weights }) => `
      select 'sum' as key, sum(r.value * w.value) as number
      from ${jsonRows(readings!, COLUMNS)} r join ${jsonRows(weights!, COLUMNS)} w using (key)`,
    collects: true,
  }),
  arqueroSide(() =>
    parsed(input.readings)
      .join(parsed(input.weights), "key", [["key", "value"], ["value"]], { suffix: ["", "_weight"] })
      .rollup({ number: (row: Reading & { value_weight: number }) => op.sum(row.value * row.value_weight) })
      .derive({ key: () => "sum" }),
  ),
  ivmSide([input.readings, input.weights], (readings, weights) =>
    sums(
      keyed(readings!).pipe(
        join(keyed(weights!), "inner"),
        map(([, [value, weight]]): [string, number] => ["sum", value! * weight!]),
      ),
    ),
  ),
];

export const windowKeys: Peers<KeyedWindowInput> = (input) => [
  ivmWindow({ ...input, build: (lines) => sums(keyed(lines)) }),
];
