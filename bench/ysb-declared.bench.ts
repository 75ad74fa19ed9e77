/**
 * How fast is the Yahoo streaming benchmark with a declared schema, the ads handed in by `capture`?
 *
 * A run and the plain program are those of ysb-capture.bench.ts. The schema names three of the seven fields; the others are not read.
 *
 * Not measured: rejected rows, receiving, windows of the context's own time, more than one thread.
 */
import { capture, i64, utf8 } from "millrace";
import { ysbBench } from "./support/ysb.js";

interface Event {
  readonly ad_id: string;
  readonly event_time: number;
}

export default ysbBench({
  name: "ysb-declared",
  question: "How fast are ad views counted by campaign and window, with a declared schema?",
  notMeasured: "rejected rows, receiving, windows of the context's own time, more than one thread",
  aims: { "plain JavaScript": 6, "DuckDB, 1 thread": 1.2 },
  build: (lines, ads) =>
    lines
      .json({ ad_id: utf8, event_type: utf8, event_time: i64 })
      .filter((event) => event.event_type === "view")
      .map(
        capture({ ads }, ({ ads }) => (event: Event) => [
          [ads.get(event.ad_id)!, Math.floor(event.event_time / 10_000)] as [string, number],
          1,
        ]),
      )
      .reduceByKey((x, y) => x + y),
});
