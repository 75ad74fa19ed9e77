// A job that is killed again and again: `node kill-job.mjs FOLDER PORT`. It reads lines "KEY NUMBER" from files and from a server that it acknowledges them to, keeps the last number of each
// key, and has two exact outputs: the lines that it has accepted, in folders, and counts by window, in a file that is replaced as a transaction would. With KILL_AT="POINT COUNT" in
// the environment it ends itself when it comes to that point for that time.
import { promises, readFileSync, renameSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

const INTERVAL_MS = 200;
const [folder, port] = process.argv.slice(2);
const armed = /^(.*) (\d+)$/.exec(process.env.KILL_AT ?? "");
let timesLeft = Number(armed?.[2]);
console.warn = () => {};
const say = (...words) => process.stdout.write(`${words.join(" ")}\n`);

function point(name) {
  if (armed === null || name !== armed[1] || --timesLeft > 0) return;
  process.kill(process.pid, "SIGKILL");
}

const AREAS = ["/log/", "/generation/", "/segment/", "/received/", "/_temporary", "/_SUCCESS", "/part-"];
if (armed) {
  // Before anything else takes them.
  for (const method of ["open", "link", "rename", "unlink", "rm", "mkdir"]) {
    const real = promises[method];
    promises[method] = async (...args) => {
      const path = String(args.at(method === "link" || method === "rename" ? 1 : 0));
      const area = AREAS.find((each) => path.includes(each))?.replaceAll("/", "") ?? "elsewhere";
      point(`before ${method} ${area}`);
      const result = await real.apply(promises, args);
      point(`after ${method} ${area}`);
      return result;
    };
  }
}
const { Receiver, StateSpec, StreamingContext, transactionalOutput } = await import("millrace");

/** Takes lines "SEQUENCE KEY NUMBER", and acknowledges a sequence when all up to it are stored. */
class Acknowledging extends Receiver {
  #socket;
  onStart() {
    this.#socket = connect(Number(port), "127.0.0.1");
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      if (!this.isStopped()) this.restart("the server is gone", undefined, 20);
    });
    let waiting = [];
    let storing = false;
    const store = async () => {
      storing = true;
      while (waiting.length > 0) {
        const lines = waiting;
        waiting = [];
        point("before store");
        await this.storeBlock(lines.map((line) => line.slice(line.indexOf(" ") + 1)));
        point("after store");
        this.#socket.write(`${lines.at(-1).split(" ")[0]}\n`);
        point("after acknowledgement");
      }
      storing = false;
    };
    const lines = createInterface({ input: this.#socket });
    lines.on("error", () => {});
    lines.on("line", (line) => {
      waiting.push(line);
      if (!storing) setImmediate(() => storing || store().catch((error) => this.reportError("not stored", error)));
    });
  }
  onStop() {
    this.#socket.destroy();
  }
}

function totals(file) {
  let kept = { id: undefined, totals: {} };
  let next;
  return {
    name: "totals",
    open() {
      try {
        kept = JSON.parse(readFileSync(file, "utf8"));
      } catch (error) {
        if (error.code !== "ENOENT") throw error;
      }
    },
    lastCommitted: () => kept.id,
    begin() {
      point("begin");
      next = { ...kept.totals };
    },
    write(_batch, _partition, rows) {
      for (const [key, count] of rows) next[key] = (next[key] ?? 0) + count;
      point("write");
    },
    commit({ id }) {
      writeFileSync(`${file}.new`, JSON.stringify({ id, totals: next }));
      point("before commit");
      renameSync(`${file}.new`, file);
      point("after commit");
      kept = { id, totals: next };
    },
  };
}

function create() {
  const ssc = new StreamingContext({
    master: "local[1]",
    batchInterval: INTERVAL_MS,
    onBatchFailure: "stop",
    receiverWriteAheadLog: true,
  });
  const pairOf = (line) => {
    const [key, number] = line.split(" ");
    return [key, Number(number)];
  };
  const files = ssc.textFileStream(join(folder, "in"), { newFilesOnly: false }).named("files").map(pairOf);
  const received = ssc.receiverStream(new Acknowledging()).named("received").map(pairOf);
  const accepted = files.union(received).mapWithState(
    StateSpec.function((key, number, state) => {
      const last = state.getOption() ?? 0;
      // What was not acknowledged comes again; a file never does.
      if (number <= last && key.startsWith("s")) return "";
      state.update(number);
      return `${key} ${number}`;
    }).numPartitions(2),
  );
  accepted.filter((line) => line !== "").saveAsTextFiles(join(folder, "out", "batch"));
  const windows = files.map(([key]) => [key, 1]).reduceByKeyAndWindow((a, b) => a + b, 4 * INTERVAL_MS, INTERVAL_MS);
  transactionalOutput(windows, totals(join(folder, "totals.json")));
  accepted.foreachRDD((_rdd, time) => {
    point("output");
    say("batch", time.milliseconds);
  });
  return ssc;
}

const ssc = await StreamingContext.getOrCreate(join(folder, "store"), create);
point("found");
await ssc.start();
point("started");
say("open");
createInterface({ input: process.stdin }).once("line", async () => {
  await ssc.stop();
  say("stopped");
  process.exit(0);
});
ssc.awaitTermination().catch((error) => {
  say("failed", error.stack);
  process.exit(1);
});
