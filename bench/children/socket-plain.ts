// The program of socket-millrace.ts in plain Node: net, readline, a Map each 200 ms. Arguments and message are the same; it ends with the connection.
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { checksumOf, merged } from "../support/checksum.js";
import { commonNow } from "../support/child.js";

const [port, expected] = process.argv.slice(2, 4).map(Number);
const collects = process.argv[4] === "collect";
const batches: Array<Map<string, number>> = [];
let counts = new Map<string, number>();
let different = 0;
let lines = 0;

function endBatch(): void {
  different = Math.max(different, counts.size);
  if (collects) batches.push(counts);
  counts = new Map();
}

const timer = setInterval(endBatch, 200);
const reader = createInterface({ input: connect(port!, "127.0.0.1"), crlfDelay: Number.POSITIVE_INFINITY });
reader.on("line", (line) => {
  lines++;
  for (const word of line.split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
});
reader.on("close", () => {
  clearInterval(timer);
  endBatch();
  const endedMs = commonNow();
  if (lines !== expected || different === 0) throw new Error(`${lines} lines arrived, ${expected} were sent.`);
  process.send!({ endedMs, checksum: collects ? checksumOf(merged(batches)) : "" });
  process.disconnect();
});
