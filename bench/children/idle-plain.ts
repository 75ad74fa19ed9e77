// The program of idle-millrace.ts in plain JavaScript: a timer and a Map.
import { checksumOf } from "../support/checksum.js";
import { cpuMsSince } from "../support/cpu.js";
import { plainWordCount } from "../support/plain-word-count.js";

const [intervalMs, intervals] = process.argv.slice(2).map(Number);
let pending = "to be or not to be\n";
let checksum = "";
let idle = 0;
let begin = process.cpuUsage();
const timer = setInterval(() => {
  const counts = plainWordCount(new TextEncoder().encode(pending));
  pending = "";
  if (counts.size > 0) {
    checksum = checksumOf(counts);
    begin = process.cpuUsage();
  } else if (++idle === intervals) {
    clearInterval(timer);
    process.send!({ cpuMs: cpuMsSince(begin), checksum });
    process.disconnect();
  }
}, intervalMs);
