import { beforeAll, expect, test } from "vitest";
import { ensureParser } from "../../src/lowering/parser.js";
import { newKernel } from "../support/kernel.js";
import { checkKernelSeed } from "./check-kernel.js";

const CASES = 600;
const first = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);

beforeAll(ensureParser);

test(`random lambdas and the programs that they are compiled to give the same (MILLRACE_SEED=${first})`, () => {
  const kernel = newKernel();
  const free = kernel.memory.bytesTaken;
  const outcomes = { same: 0, refused: 0, bailed: 0, differs: 0 };
  for (let seed = first; seed < first + CASES; seed++) {
    const outcome = checkKernelSeed(kernel, seed);
    outcomes[outcome.kind]++;
    if (outcome.kind === "differs") expect.fail(`seed ${seed}: ${outcome.what}`);
  }
  expect(outcomes.same).toBeGreaterThan(CASES / 20);
  expect(outcomes.bailed).toBeLessThan(CASES / 20);
  kernel.memory.reclaim();
  expect(kernel.memory.bytesTaken - free).toBeLessThan(2 ** 20);
});
