// Counts words received from a TCP server, each second: the program of the guide's quick example.
//
//   npm start                  counts a book that a line server in this process plays
//   npm start -- HOST PORT     counts what a real server sends, such as: nc -lk 9999
import { Seconds, StreamingContext } from "millrace";
import { playBook } from "./support/book-server.js";
import { statusLine } from "./support/status-line.js";

const [hostname = "localhost", portGiven] = process.argv.slice(2);
const book = portGiven === undefined ? await playBook() : undefined;
const port = book ? book.port : Number(portGiven);

const ssc = new StreamingContext({ master: "local[2]", appName: "NetworkWordCount", batchInterval: Seconds(1) });
const lines = ssc.socketTextStream(hostname, port);
const words = lines.flatMap((line) => line.split(" "));
const pairs = words.map((word) => [word, 1]);
const wordCounts = pairs.reduceByKey((x, y) => x + y);
wordCounts.print();

if (process.stderr.isTTY) ssc.addStreamingListener(statusLine(process.stderr));
process.on("SIGINT", () => {
  void ssc.stop({ stopGracefully: true });
});

await ssc.start();
const stages = wordCounts
  .explain()
  .split("\n")
  .filter((text) => text.startsWith("stage"));
process.stderr.write(`${stages.join("\n")}\n`);
await ssc.awaitTermination();
book?.close();
