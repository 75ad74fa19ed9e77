/** A page that reads what hosts of the web bring: events, sockets, messages, files, answers. */
import { type DStream, ManualClock, StreamingContext } from "millrace";
import { EventSourceReceiver, MessageReceiver, WebSocketReceiver } from "millrace/sources";
import { expect, it, type Outcome, runCases } from "./runner.js";

const INTERVAL_MS = 1000;
const LINES = 1000;
const lines = Array.from({ length: LINES }, (_, n) => `line ${n}`);

/** The rows of a stream, once there are so many. */
async function rowsOf<T>(count: number, define: (ssc: StreamingContext) => DStream<T>): Promise<T[]> {
  const clock = new ManualClock();
  const ssc = new StreamingContext({ batchInterval: INTERVAL_MS, clock });
  const rows: T[] = [];
  define(ssc).foreachRDD(async (rdd) => {
    for (const row of await rdd.collect()) rows.push(row);
  });
  await ssc.start();
  // A batch gives the host its turn, in which more comes.
  while (rows.length < count) await clock.advance(INTERVAL_MS);
  await ssc.stop();
  return rows;
}

function describeSources(): void {
  it("EventSourceReceiver reads events, and goes on where it was ended", async () => {
    const rows = await rowsOf(LINES, (ssc) => ssc.receiverStream(new EventSourceReceiver("/events")));
    expect(rows.slice(0, LINES)).toEqual(lines);
  });

  it("WebSocketReceiver reads messages", async () => {
    const url = `ws://${location.host}/socket`;
    const rows = await rowsOf(LINES, (ssc) => ssc.receiverStream(new WebSocketReceiver(url, { hello: "send" })));
    expect(rows.slice(0, LINES)).toEqual(lines);
  });

  it("MessageReceiver reads ports, and channels by name", async () => {
    const { port1, port2 } = new MessageChannel();
    const channel = new BroadcastChannel("millrace-test");
    const receiver = new MessageReceiver<string>(port2, "millrace-test");
    const sent = new Promise<void>((resolve) => {
      // When the other side listens.
      setTimeout(() => {
        for (const line of lines) port1.postMessage(line);
        channel.postMessage("from the channel");
        resolve();
      }, 100);
    });
    const rows = await rowsOf(LINES + 1, (ssc) => ssc.receiverStream(receiver));
    await sent;
    expect(rows.filter((row) => row !== "from the channel")).toEqual(lines);
    expect(rows).toContain("from the channel");
    channel.close();
  });

  it("textStream reads a File and the body of an answer", async () => {
    const file = new File([lines.join("\n")], "lines.txt");
    expect(await rowsOf(LINES, (ssc) => ssc.textStream(file))).toEqual(lines);
    const { body } = await fetch("/lines");
    expect(await rowsOf(LINES, (ssc) => ssc.textStream(body!))).toEqual(lines);
  });
}

Object.assign(globalThis, {
  runHere: (): Promise<Outcome[]> => {
    describeSources();
    return runCases();
  },
});
