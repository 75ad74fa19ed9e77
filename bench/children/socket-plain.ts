// The program of socket-millrace.ts in plain Node: net, readline, a Map each 200 ms. Arguments and messages are the same.
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { checksumOf, merged } from "../support/checksum.js";
import { commonNow } from "../support/child.js";

const [port, expected] = process.argv.slice(2).map(Number);
const batches: Array<Map<string, number>> = [];
let counts = new Map<string, number>();
let total = 0;

function endBatch(): void {
  for (const count of counts.values()) total += count;
  batches.push(counts);
  counts = new Map();
}

const timer = setInterval(endBatch, 200);
const lines = createInterface({ input: connect(port!, "127.0.0.1"), crlfDelay: Number.POSITIVE_INFINITY });
lines.on("line", (line) => {
  for (const word of line.split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
});
lines.on("close", () => {
  clearInterval(timer);
  endBatch();
  const endedMs = commonNow();
  if (total !== expected) throw new Error(`${total} words arrived, ${expected} were sent.`);
  process.send!({ endedMs });
  process.send!({ checksum: checksumOf(merged(batches)) });
  process.disconnect();
});
