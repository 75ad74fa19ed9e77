/**
 * How fast is the Yahoo streaming benchmark by `JSON.parse` in a lambda, the views joined with an RDD of ads in `transform`?
 *
 * A run and the plain program are those of ysb-capture.bench.ts.
 *
 * Not measured: receiving, an RDD of ads that changes, more than one thread.
 */
import { type AdEvent, ysbBench } from "./support/ysb.js";

export default ysbBench({
  name: "ysb-transform",
  question: "How fast are ad views counted by campaign and window, by JSON.parse and a join with an RDD of ads?",
  notMeasured: "receiving, an RDD of ads that changes, more than one thread",
  aims: { "plain JavaScript": 4 },
  build: (lines, ads) => {
    const campaigns = lines.context.engine.parallelize<[string, string]>(ads);
    return lines
      .map((line): AdEvent => JSON.parse(line))
      .filter((event) => event.event_type === "view")
      .map((event) => [event.ad_id, event.event_time])
      .transform((views) => views.join(campaigns))
      .map(([, [time, campaign]]) => [[campaign, Math.floor(time / 10_000)] as [string, number], 1])
      .reduceByKey((x, y) => x + y);
  },
});
