/** Calls the operation of a number: one line an operation. */
import { BAD_SIZE } from "../abi";
import { OP_COLLECT, OP_GROUP, OP_GROUP_NUMBER, OP_JSON_FIELDS, OP_JSON_LENGTH, OP_LOOKUP } from "./codes";
import { collect } from "./collect";
import { group } from "./group";
import { jsonFields } from "./json";
import { jsonLength } from "./json-array";
import { lookup } from "./lookup";

export function run(op: u32, state: usize, ins: usize, rows: i32): i32 {
  switch (op) {
    case OP_GROUP:
    case OP_GROUP_NUMBER:
      return group(state, ins, rows);
    case OP_COLLECT:
      return collect(state, ins, rows);
    case OP_LOOKUP:
      return lookup(state, ins, rows);
    case OP_JSON_FIELDS:
      return jsonFields(state, ins, rows);
    case OP_JSON_LENGTH:
      return jsonLength(state, ins, rows);
    default:
      return BAD_SIZE;
  }
}
