import { i64, Seconds, StreamingContext, utf8 } from "millrace";

const ssc = new StreamingContext({ batchInterval: Seconds(1) });
const lines = ssc.pushStream();

const changes = lines.json({
  type: utf8,
  wiki: utf8,
  user: utf8,
  length: { new: i64 },
});

// About how many editors there are, in a few hundred bytes for each wiki.
const editors = changes
  .map((change) => [change.wiki, change.user])
  .approxDistinctByKeyAndWindow(Seconds(10), Seconds(1));

// The median size of a page, and what one page in a hundred exceeds.
const sizes = changes
  .filter((change) => change.type === "edit")
  .map((change) => [change.wiki, change.length.new])
  .approxQuantileByKey([0.5, 0.99]);

editors.print(16);
sizes.print(16);

ssc.start();
