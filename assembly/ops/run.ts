/** Calls the operation of a number: one line an operation. */
import { BAD_SIZE } from "../abi";
import {
  OP_ARITHMETIC,
  OP_BOTH,
  OP_COLLECT,
  OP_COMPARE,
  OP_COMPARE_TEXT,
  OP_CONCAT,
  OP_CSV_FIELDS,
  OP_EQUAL,
  OP_FOLD_END,
  OP_GROUP,
  OP_GROUP_NUMBER,
  OP_GUARD,
  OP_HAS_TAG,
  OP_HOST,
  OP_JSON_FIELDS,
  OP_JSON_LENGTH,
  OP_LIST_LENGTH,
  OP_LIST_SUM,
  OP_LOOKUP,
  OP_MATH,
  OP_PARSE_NUMBER,
  OP_REJECTS,
  OP_SAMPLE,
  OP_SELECT,
  OP_SPLIT_PIECES,
  OP_STATE_KEYS,
  OP_STATE_STORE,
  OP_TEXT_NUMBER,
  OP_TEXT_PART,
  OP_TEXT_TEST,
  OP_TO_NUMBER,
  OP_TO_STRING,
  OP_TRUTHY,
} from "./codes";
import { collect } from "./collect";
import { csvFields } from "./csv";
import { foldEnd } from "./fold";
import { group } from "./group";
import { host } from "./host";
import { jsonFields } from "./json";
import { jsonLength } from "./json-array";
import { listLength, listSum } from "./lists";
import { lookup } from "./lookup";
import { arithmetic, compare, math } from "./numbers";
import { rejects } from "./rejects";
import { sample } from "./sample";
import { splitPieces } from "./split";
import { compareText, textNumber, textPart, textTest } from "./texts";
import { stateKeys } from "../state/rows";
import { storeState } from "../state/turns";
import { parseNumber, toNumber } from "./to-number";
import { concat, toText } from "./to-text";
import { both, equal, guard, hasTag, select, truthy } from "./values";

export function run(op: u32, state: usize, ins: usize, rows: i32): i32 {
  switch (op) {
    case OP_GUARD:
      return guard(state, ins, rows);
    case OP_SELECT:
      return select(state, ins, rows);
    case OP_ARITHMETIC:
      return arithmetic(state, ins, rows);
    case OP_MATH:
      return math(state, ins, rows);
    case OP_COMPARE:
      return compare(state, ins, rows);
    case OP_COMPARE_TEXT:
      return compareText(state, ins, rows);
    case OP_EQUAL:
      return equal(state, ins, rows);
    case OP_HAS_TAG:
      return hasTag(state, ins, rows);
    case OP_TRUTHY:
      return truthy(state, ins, rows);
    case OP_BOTH:
      return both(state, ins, rows);
    case OP_TO_NUMBER:
      return toNumber(state, ins, rows);
    case OP_TO_STRING:
      return toText(state, ins, rows);
    case OP_CONCAT:
      return concat(state, ins, rows);
    case OP_TEXT_TEST:
      return textTest(state, ins, rows);
    case OP_TEXT_NUMBER:
      return textNumber(state, ins, rows);
    case OP_TEXT_PART:
      return textPart(state, ins, rows);
    case OP_SPLIT_PIECES:
      return splitPieces(state, ins, rows);
    case OP_PARSE_NUMBER:
      return parseNumber(state, ins, rows);
    case OP_REJECTS:
      return rejects(state, ins, rows);
    case OP_SAMPLE:
      return sample(state, ins, rows);
    case OP_HOST:
      return host(state, ins, rows);
    case OP_GROUP:
    case OP_GROUP_NUMBER:
      return group(state, ins, rows);
    case OP_FOLD_END:
      return foldEnd(state, ins, rows);
    case OP_COLLECT:
      return collect(state, ins, rows);
    case OP_LOOKUP:
      return lookup(state, ins, rows);
    case OP_JSON_FIELDS:
      return jsonFields(state, ins, rows);
    case OP_JSON_LENGTH:
      return jsonLength(state, ins, rows);
    case OP_CSV_FIELDS:
      return csvFields(state, ins, rows);
    case OP_LIST_LENGTH:
      return listLength(state, ins, rows);
    case OP_LIST_SUM:
      return listSum(state, ins, rows);
    case OP_STATE_STORE:
      return storeState(state, ins, rows);
    case OP_STATE_KEYS:
      return stateKeys(state, ins, rows);
    default:
      return BAD_SIZE;
  }
}
