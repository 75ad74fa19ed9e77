/** The questions about bytes that need no file of this repository, in the order in which they are told. */
import csv from "../csv.bench.js";
import csvDeclared from "../csv-declared.bench.js";
import distinct from "../distinct.bench.js";
import groupIntegers from "../group-integers.bench.js";
import hashJoin from "../hash-join.bench.js";
import mapWithState from "../map-with-state.bench.js";
import topHundred from "../top-100.bench.js";
import windowKeys from "../window-keys.bench.js";
import ysbCapture from "../ysb-capture.bench.js";
import ysbClosure from "../ysb-closure.bench.js";
import ysbDeclared from "../ysb-declared.bench.js";
import ysbTransform from "../ysb-transform.bench.js";
import type { QuestionBench } from "./question.js";

export const byteQuestions: readonly QuestionBench[] = [
  ysbDeclared,
  ysbCapture,
  ysbTransform,
  ysbClosure,
  csv,
  csvDeclared,
  groupIntegers,
  hashJoin,
  windowKeys,
  mapWithState,
  distinct,
  topHundred,
];
