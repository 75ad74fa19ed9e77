import { expect, test } from "vitest";
import { search } from "../model-check/search.js";

test("T16: every order of calls and every crash of two writers", () => {
  let states = 0;
  for (const [batches, crashes, runsMax] of [
    [4, 0, 1],
    [4, 0, 2],
    [3, 1, 1],
    [3, 1, 2],
    [2, 2, 1],
    [2, 2, 2],
    [4, 1, 2],
  ] as const) {
    const outcome = search({ writers: 2, batches, crashes }, { runsMax });
    expect(outcome.violation).toBeUndefined();
    states += outcome.states;
  }
  console.log(
    `T16 model check: ${states} states of two writers, up to 4 batches and 2 crashes, all seen, no promise broken`,
  );
});
