// Clicks become sessions: a session ends when its user did nothing for more than two seconds.
import { ManualClock, MemoryStore, Seconds, StateSpec, StreamingContext } from "millrace";

const spec = StateSpec.function<string, string, number, string>((user, page, state, time) => {
  if (state.isTimingOut()) return `${user} left after ${state.get()} pages`;
  const pages = (state.getOption() ?? 0) + 1;
  if (page === "logout") state.remove();
  else state.update(pages);
  return `${user} sees ${page}, page ${pages}, at ${time}`;
})
  .initialState([["eve", 7]])
  .timeout(Seconds(2));

const clock = new ManualClock();
const ssc = new StreamingContext({
  master: "local[1]",
  batchInterval: Seconds(1),
  clock,
  checkpoint: new MemoryStore(),
});
const clicks = ssc.pushStream<[string, string]>();
const sessions = clicks.mapWithState(spec);
sessions.foreachRDD(async (rdd, time) => {
  console.log(`${time}`);
  for (const line of await rdd.collect()) console.log(`  ${line}`);
});
sessions.stateSnapshots().foreachRDD(async (rdd) => console.log(`  open: ${JSON.stringify(await rdd.collect())}`));

await ssc.start();
await clicks.push(["ann", "home"], ["bob", "home"], ["ann", "cart"]);
await clock.advance(Seconds(1));
await clicks.push(["bob", "logout"]);
await clock.advance(Seconds(1));
await clock.advance(Seconds(1));
await clock.advance(Seconds(1));
await ssc.stop();
