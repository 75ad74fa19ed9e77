/**
 * How much faster are the questions that take bytes with `local[2]` than with `local[1]`?
 *
 * A run is that of the question's own bench. Each context has the defaults of its master: one partition and one reducer, or two and two.
 *
 * Not measured: more than two threads, `program` modules, receiving.
 */
import csv from "./csv.bench.js";
import distinct from "./distinct.bench.js";
import groupIntegers from "./group-integers.bench.js";
import hashJoin from "./hash-join.bench.js";
import mapWithState from "./map-with-state.bench.js";
import { twoThreadsBench } from "./support/two-threads.js";
import topHundred from "./top-100.bench.js";
import windowKeys from "./window-keys.bench.js";
import wordCount from "./word-count.bench.js";
import ysbCapture from "./ysb-capture.bench.js";
import ysbClosure from "./ysb-closure.bench.js";
import ysbTransform from "./ysb-transform.bench.js";

export default twoThreadsBench([
  wordCount,
  ysbCapture,
  ysbTransform,
  ysbClosure,
  csv,
  groupIntegers,
  hashJoin,
  windowKeys,
  mapWithState,
  distinct,
  topHundred,
]);
