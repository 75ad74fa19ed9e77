// Lines of JSON as typed rows, what becomes of lines that are none, and where each operator runs.
import { f64, i64, ManualClock, Seconds, StreamingContext, utf8 } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const lines = ssc.pushStream();
const events = lines.json({ user: utf8, at: i64, geo: { lat: f64, lon: f64 } });

const north = events
  .filter((event) => event.geo.lat > 0)
  .map((event) => [event.user, 1])
  .reduceByKey((a, b) => a + b);
north.print();
events.rejects.print();

await ssc.start();
await lines.pushBytes(
  new TextEncoder().encode(
    [
      '{"user":"ann","at":1,"geo":{"lat":48.1,"lon":11.5}}',
      '{"user":"bob","at":"noon","geo":{"lat":1,"lon":1}}',
      '{"at":2,"user":"ann","geo":{"lat":52.5,"lon":13.4}}',
      "",
    ].join("\n"),
  ),
);
await clock.advance(Seconds(1));
console.log(north.explain());
await ssc.stop();
