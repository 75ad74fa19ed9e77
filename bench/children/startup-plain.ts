// Counts the words of a line in plain JavaScript and writes the result.
import { checksumOf } from "../support/checksum.js";
import { plainWordCount } from "../support/plain-word-count.js";

process.stdout.write(checksumOf(plainWordCount(new TextEncoder().encode("to be or not to be\n"))));
