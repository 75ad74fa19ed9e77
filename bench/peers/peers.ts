/** Other libraries that answer questions of the benches, by the name of the question. */
import type { Peers } from "../support/bench.js";
import { csv } from "./csv.js";
import { distinct, top100 } from "./numbers.js";
import { groupIntegers, hashJoin, windowKeys } from "./readings.js";
import { strings, wordCount } from "./word-count.js";
import { ysb } from "./ysb.js";

export const peers: Readonly<Record<string, Peers>> = {
  csv,
  "csv-declared": csv,
  distinct,
  "group-integers": groupIntegers,
  "hash-join": hashJoin,
  strings,
  "top-100": top100,
  "window-keys": windowKeys,
  "word-count": wordCount,
  "ysb-capture": ysb,
  "ysb-declared": ysb,
};
