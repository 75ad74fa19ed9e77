import { test } from "vitest";
import { checkOverload, type OverloadOptions, overload } from "../support/overload.js";

const OPTIONS: OverloadOptions = {
  ...{ rowsASecond: 300_000, receivedBytesMax: 64 * 2 ** 20, factors: [3, 10], seconds: 30 },
};

test("T9: 60 s of overload", async () => {
  console.log(checkOverload(OPTIONS, await overload(OPTIONS)));
});
