import { beforeAll, expect, test } from "vitest";
import { ensureParser } from "../../src/lowering/parser.js";
import { checkSeed } from "./check.js";

const CASES = 3000;
const first = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);

beforeAll(ensureParser);

test(`${CASES} random lambdas are lowered, and give what their expressions give (MILLRACE_SEED=${first})`, {
  timeout: 120_000,
}, () => {
  for (let seed = first; seed < first + CASES; seed++) {
    const outcome = checkSeed(seed);
    if (outcome.kind !== "same") expect.fail(`seed ${seed} ${outcome.kind}: ${outcome.what}`);
  }
});
