// A test of an operation, the way our own tests are written.
import { Seconds } from "millrace";
import { testOperation } from "millrace/testing";

await testOperation(
  [["to be"], ["or", "not to be"], []],
  (lines) =>
    lines
      .flatMap((line) => line.split(" "))
      .window(Seconds(2))
      .count(),
  [[2], [6], [4]],
);
console.log("the operation does what the table says");
