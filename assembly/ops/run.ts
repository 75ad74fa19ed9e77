/** Calls the operation of a number: one line an operation. */
import { BAD_SIZE } from "../abi";

export function run(op: u32, state: usize, ins: usize, rows: i32): i32 {
  switch (op) {
    default:
      return BAD_SIZE;
  }
}
