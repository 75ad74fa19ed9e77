/**
 * How fast is the Yahoo streaming benchmark by `JSON.parse` in a lambda, the ads simply closed over?
 *
 * A run and the plain program are those of ysb-capture.bench.ts. The lambda that closes over the ads stays JavaScript; it sees the views, a third of the
 * events.
 *
 * Not measured: receiving, windows of the context's own time, more than one thread.
 */
import { type AdEvent, ysbBench } from "./support/ysb.js";

export default ysbBench({
  name: "ysb-closure",
  question: "How fast are ad views counted by campaign and window, by JSON.parse and ads that are closed over?",
  notMeasured: "receiving, windows of the context's own time, more than one thread",
  aims: { "plain JavaScript": 2 },
  build: (lines, ads) =>
    lines
      .map((line): AdEvent => JSON.parse(line))
      .filter((event) => event.event_type === "view")
      .map((event) => [[ads.get(event.ad_id)!, Math.floor(event.event_time / 10_000)] as [string, number], 1])
      .reduceByKey((x, y) => x + y),
});
