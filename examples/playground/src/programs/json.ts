import { i64, Seconds, StreamingContext, utf8 } from "millrace";

const ssc = new StreamingContext({ batchInterval: Seconds(1) });
const lines = ssc.pushStream();

// Only the fields that are named here are read.
const edits = lines.json({ type: utf8, wiki: utf8, length: { old: i64, new: i64 } });

const added = edits
  .filter((edit) => edit.type === "edit")
  .map((edit) => [edit.wiki, { bytes: edit.length.new - edit.length.old, edits: 1 }])
  .reduceByKey((a, b) => ({ bytes: a.bytes + b.bytes, edits: a.edits + b.edits }));

added.print(16);

ssc.start();
