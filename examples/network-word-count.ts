// Counts words received from a TCP server, each second: the program of the guide's quick example.
//
//   npm start                  counts a book that a line server in this process plays
//   npm start -- HOST PORT     counts what a real server sends, such as: nc -lk 9999
import { Seconds, StreamingContext } from "millrace";
import { playBook } from "./support/book-server.js";
import { statusLine } from "./support/status-line.js";

const [hostname = "localhost", portGiven] = process.argv.slice(2);
const book = process.argv.length === 2 ? await playBook() : undefined;
const port = book ? book.port : Number(portGiven);
if (!Number.isInteger(port) || port < 1 || port > 65_535) {
  console.error("usage: npm start, or npm start -- HOST PORT");
  process.exit(2);
}

const ssc = new StreamingContext({ master: "local[2]", appName: "NetworkWordCount", batchInterval: Seconds(1) });
const lines = ssc.socketTextStream(hostname, port);
const words = lines.flatMap((line) => line.split(" "));
const pairs = words.map((word) => [word, 1]);
const wordCounts = pairs.reduceByKey((x, y) => x + y);
wordCounts.print();

const status = process.stderr.isTTY ? statusLine(process.stderr) : undefined;
if (status) ssc.addStreamingListener(status);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void ssc.stop({ stopGracefully: true }));
// Who reads the batches may stop before they do: `npm start | head`.
process.stdout.on("error", () => process.exit(0));

await ssc.start();
const stages = wordCounts
  .explain()
  .split("\n")
  .filter((text) => text.startsWith("stage"));
process.stderr.write(`${stages.join("\n")}\n`);
await ssc.awaitTermination();
status?.clear();
book?.close();
