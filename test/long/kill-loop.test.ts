import { expect, test } from "vitest";
import { killLoop } from "../processes/kill-loop.js";

test("T3: 200 kills", async () => {
  const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
  const { given, written, counts, processes } = await killLoop({ seed, kills: 200, aimed: 80 });
  expect(written.words.sort(), `MILLRACE_SEED=${seed}`).toEqual([...given.words].sort());
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  expect(total, `MILLRACE_SEED=${seed}`).toBe(given.words.length);
  expect([...new Set(written.messages)].sort(), `MILLRACE_SEED=${seed}`).toEqual([...given.messages].sort());
  const again = written.messages.length - given.messages.length;
  console.log(
    `T3 kill loop: ${processes} processes, 200 killed (80 at steps of writes), ${given.words.length} words and their counts exact, ` +
      `${given.messages.length} messages, 0 lost, ${again} twice, seed ${seed}`,
  );
});
