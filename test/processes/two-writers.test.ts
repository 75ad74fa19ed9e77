import { describe, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { race, zombie } from "./two-writers.js";

const RACES = 3;

describe("processes on one checkpoint", () => {
  const folder = temporaryFolder();

  it("open it at the same time, and one goes on", async () => {
    // On an empty store, then on that of a process that was killed.
    for (let i = 0; i < RACES; i++) await race(folder.at("races"));
  });

  it("are left behind while they are stopped, and find that out", async () => {
    await zombie(folder.at("zombies"));
  });
});
