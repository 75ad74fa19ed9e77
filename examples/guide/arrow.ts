// Columns out as Apache Arrow, columns in, and rows of JavaScript that are columns from the start.
import { f64, ManualClock, Seconds, StreamingContext, utf8 } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });

const readings = ssc.pushStream({ name: "readings", schema: { room: utf8, degrees: f64, at: { floor: f64 } } });
const warm = readings.filter((reading) => reading.degrees > 20);
const streams: Uint8Array[] = [];
warm.foreachRDD(async (rdd) => {
  if (!(await rdd.isEmpty())) streams.push(await rdd.map(({ room, degrees }) => ({ room, degrees })).toArrowIPC());
});

/** As a `fetch` body would: bytes cut anywhere. */
async function* piecesOf(bytes: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const each of bytes) for (let at = 0; at < each.length; at += 100) yield each.subarray(at, at + 100);
}

await ssc.start();
await readings.push(
  { room: "kitchen", degrees: 22.5, at: { floor: 0 } },
  { room: "cellar", degrees: 12, at: { floor: -1 } },
  { room: "attic", degrees: 24, at: { floor: 2 } },
);
try {
  await readings.push({ room: "hall", degrees: "21" as unknown as number, at: { floor: 0 } });
} catch (error) {
  console.log((error as Error).message);
}
await clock.advance(Seconds(1));
await ssc.stop();

const other = { clock: new ManualClock() };
const others = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), ...other });
const rooms = others.iterableStream<{ room: string; degrees: number }>(piecesOf(streams), { format: "arrow" });
rooms.map(({ room, degrees }) => `${room}: ${degrees}`).print();
await others.start();
await other.clock.advance(Seconds(1));
await others.stop();
