import { seededRandom } from "millrace/testing";
import { expect, test } from "vitest";
import { CANARY, PLANTS } from "./plants.js";
import { noticedBy } from "./run-plant.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 1);
const random = seededRandom(SEED);
const drawn = PLANTS.map((plant) => ({ plant, at: random() }))
  .sort((a, b) => a.at - b.at)
  .slice(0, 8)
  .map(({ plant }) => plant);

test.each([CANARY, ...drawn])("T13: $name, which is noticed", { timeout: 300_000 }, async (plant) => {
  expect(await noticedBy(plant, [CANARY, ...PLANTS].indexOf(plant)), `seed ${SEED}`).toBeDefined();
});
