import { expect, test } from "vitest";
import { CANARY, PLANTS } from "../simulation/plants.js";
import { noticedBy } from "../simulation/run-plant.js";

test("T13: every planted bug is noticed", { timeout: 6 * 60 * 60_000 }, async () => {
  const missed: string[] = [];
  for (const [index, plant] of [CANARY, ...PLANTS].entries()) {
    const noticed = await noticedBy(plant, index);
    console.log(`${plant.name}: ${noticed ?? "not noticed"}`);
    if (noticed === undefined) missed.push(plant.name);
  }
  console.log(`T13 planted bugs: ${PLANTS.length - missed.length} of ${PLANTS.length} noticed, and the canary`);
  expect(missed).toEqual([]);
});
