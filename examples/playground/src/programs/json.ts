import { i64, Seconds, StreamingContext, utf8 } from "millrace";

const ssc = new StreamingContext({ batchInterval: Seconds(1) });
const lines = ssc.pushStream();

// Only the fields that are named here are read.
const edits = lines.json({ type: utf8, wiki: utf8, length: { old: i64, new: i64 } });

const added = edits
  .filter((edit) => edit.type === "edit" && edit.length.new > edit.length.old)
  .map((edit) => [edit.wiki, { edits: 1, bytes: edit.length.new - edit.length.old }])
  .reduceByKey((a, b) => ({ edits: a.edits + b.edits, bytes: a.bytes + b.bytes }));

added.named("edits that add text").print(16);

ssc.start();
