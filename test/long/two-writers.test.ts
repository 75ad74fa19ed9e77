import { test } from "vitest";
import { race, zombie } from "../processes/two-writers.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const RACES = 50;
/** Races on one store before the next one begins empty. */
const RACES_A_STORE = 5;
const ZOMBIES = 20;
const folder = temporaryFolder();

test("T12: processes that open one checkpoint at the same time", async () => {
  for (let i = 0; i < RACES; i++) await race(folder.at(`races-${Math.floor(i / RACES_A_STORE)}`));
  console.log(
    `T12 two writers: ${RACES} races of 5 processes, one went on in each, the others were refused within 2 s`,
  );
});

test("T12: processes that are stopped, overtaken and woken", async () => {
  for (let i = 0; i < ZOMBIES; i++) await zombie(folder.at(`zombie-${i}`));
  console.log(`T12 two writers: ${ZOMBIES} stopped owners overtaken and woken, all fenced, 0 effects of theirs`);
});
