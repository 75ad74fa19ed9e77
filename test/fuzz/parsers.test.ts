import { expect, test } from "vitest";
import { fuzz, PARSERS } from "../support/parser-fuzz.js";

/** Over all parsers: 50,000. */
const CASES = 7200;
const first = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);

test.each(PARSERS)(
  `$name: ${CASES} damaged inputs, the same however they are cut (MILLRACE_SEED=${first})`,
  async (parser) => {
    expect(await fuzz(parser, first, CASES)).toBeLessThan(CASES);
  },
);
