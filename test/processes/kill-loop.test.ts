import { expect, test } from "vitest";
import { killLoop } from "./kill-loop.js";

test("T3: a program that is killed again and again counts every word once, and loses no message", {
  timeout: 120_000,
}, async () => {
  const { given, written, counts } = await killLoop({ seed: 3, kills: 20, aimed: 10 });
  expect(written.words.sort()).toEqual([...given.words].sort());
  const expected = new Map<string, number>();
  for (const word of given.words) expected.set(word, (expected.get(word) ?? 0) + 1);
  expect(counts).toEqual([...expected].sort());
  // A message may come again where the process ended before it was removed; none is lost.
  expect([...new Set(written.messages)].sort()).toEqual([...given.messages].sort());
});
