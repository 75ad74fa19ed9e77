import { expect, test } from "vitest";
import { CANARY, PLANTS } from "../simulation/plants.js";
import { noticedBy } from "../simulation/run-plant.js";

/** Seeds that a bug is looked for with, and those of the control: a bug that needs more is noticed by nothing that the control has shown to pass. */
const SEEDS = 200;
/** To try those alone whose names have this text. */
const asked = process.env.MILLRACE_PLANT ?? "";

test("T13: every planted bug is noticed, and nothing where none is", { timeout: 6 * 60 * 60_000 }, async () => {
  expect(await noticedBy(undefined, SEEDS)).toBeUndefined();
  const plants = [CANARY, ...PLANTS].filter(({ name }) => name.includes(asked));
  const missed: string[] = [];
  for (const plant of plants) {
    const noticed = await noticedBy(plant, SEEDS).catch((error: Error) => {
      console.log(`${plant.name}: ${error.message}`);
      return undefined;
    });
    console.log(`${plant.name}: ${noticed ?? "not noticed"}`);
    if (noticed === undefined) missed.push(plant.name);
  }
  console.log(`T13 planted bugs: ${plants.length - missed.length} of ${plants.length} noticed, the canary among them`);
  expect(missed).toEqual([]);
});
