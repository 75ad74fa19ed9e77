import { bool, Seconds, StreamingContext, utf8 } from "millrace";

const ssc = new StreamingContext({ batchInterval: Seconds(1) });
const lines = ssc.pushStream();

const edits = lines.json({ wiki: utf8, bot: bool });
const byBots = edits
  .filter((edit) => edit.bot)
  .map((edit) => [edit.wiki, 1])
  .reduceByKey((a, b) => a + b);
const byPeople = edits
  .filter((edit) => !edit.bot)
  .map((edit) => [edit.wiki, 1])
  .reduceByKey((a, b) => a + b);

// For each wiki: of a hundred edits, how many are made by bots?
const share = byBots
  .join(byPeople)
  .mapValues(([bots, people]) => Math.round((100 * bots) / (bots + people)));

share.print(16);

ssc.start();
