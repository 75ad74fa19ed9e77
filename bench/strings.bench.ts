/**
 * How fast are words counted in lines that are JavaScript strings already?
 *
 * A run is one batch of lines by `push`, on one core; of the counts it takes the number. The plain program splits each line and counts in a `Map`.
 *
 * Not measured: making JavaScript values of the counts, strings that are not ASCII for the most part.
 */
import { bookText } from "./support/text.js";
import { stringsBench } from "./support/word-count.js";

export default stringsBench(bookText);
