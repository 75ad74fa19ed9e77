import { test } from "vitest";
import { fuzz, PARSERS } from "../support/parser-fuzz.js";

const CASES = Number(process.env.MILLRACE_CASES ?? 2_000_000);
const first = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);

test.each(PARSERS)("T8: $name", async (parser) => {
  const refused = await fuzz(parser, first, CASES);
  console.log(
    `T8 ${parser.name}: ${CASES} damaged inputs from seed ${first} on, ${refused} refused, 0 that differ when cut, 0 crashes`,
  );
});
