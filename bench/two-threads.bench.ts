/**
 * How much faster are the questions that take bytes with `local[2]` than with `local[1]`?
 *
 * A run is that of the question's own bench. Each context has the defaults of its master: one partition and one reducer, or two and two.
 *
 * Not measured: more than two threads, `program` modules, receiving.
 */
import { byteQuestions } from "./support/byte-questions.js";
import { twoThreadsBench } from "./support/two-threads.js";
import wordCount from "./word-count.bench.js";

export default twoThreadsBench([wordCount, ...byteQuestions]);
