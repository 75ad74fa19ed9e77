import { expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { killAtPoints, POINTS } from "./kill-points.js";

const RANDOM_KILLS = 3;
const AT_POINTS = 4;
const folder = temporaryFolder();

it("a job that is killed at any moment has every record once and in order in both outputs", async () => {
  const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
  const points = Array.from({ length: AT_POINTS }, (_, i) => POINTS[(seed + 7 * i) % POINTS.length]!);
  const { kills, records } = await killAtPoints({ folder: folder.at("job"), seed, randomKills: RANDOM_KILLS, points });
  expect(kills).toBe(RANDOM_KILLS + AT_POINTS);
  expect(records).toBeGreaterThan(0);
});
