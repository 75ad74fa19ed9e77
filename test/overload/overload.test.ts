import { expect, test } from "vitest";
import { checkOverload, type OverloadOptions, overload } from "../support/overload.js";

const OPTIONS: OverloadOptions = {
  ...{ rowsASecond: 200_000, receivedBytesMax: 32 * 2 ** 20, factors: [3, 10], seconds: 2 },
};

test("a source that is faster than its reader waits: memory stays within the limits, no line is lost, and what waits is processed", async () => {
  expect(checkOverload(OPTIONS, await overload(OPTIONS))).toContain("0 lost");
});
