/**
 * How fast is the Yahoo streaming benchmark by `JSON.parse` in a lambda, the ads handed in by `capture`?
 *
 * A run is one batch of events by `pushBytes`, its counts collected, on one core. The plain program decodes the bytes, splits them into lines, parses
 * each, looks the ad up in a `Map` and counts in another one.
 *
 * Not measured: receiving, windows of the context's own time, more than one thread.
 */
import { capture } from "millrace";
import { type AdEvent, ysbBench } from "./support/ysb.js";

export default ysbBench({
  name: "ysb-capture",
  question: "How fast are ad views counted by campaign and window, by JSON.parse and ads handed in by capture?",
  notMeasured: "receiving, windows of the context's own time, more than one thread",
  aims: { "plain JavaScript": 4 },
  build: (lines, ads) =>
    lines
      .map((line): AdEvent => JSON.parse(line))
      .filter((event) => event.event_type === "view")
      .map(
        capture({ ads }, ({ ads }) => (event: AdEvent) => [
          [ads.get(event.ad_id)!, Math.floor(event.event_time / 10_000)] as [string, number],
          1,
        ]),
      )
      .reduceByKey((x, y) => x + y),
});
