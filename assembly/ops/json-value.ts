/** Values that are wanted, or that lead to such: read into registers, checked against their declared types. Recursion is as deep as the tree of nodes. */
import {
  JSON_DECLARED,
  JSON_FAULT_NOT_INTEGER,
  JSON_FAULT_RANGE,
  JSON_FAULT_TYPE,
  JSON_I64,
  JSON_I64_BIG,
  JSON_IS_ARRAY,
  JSON_IS_BOOLEAN,
  JSON_IS_NULL,
  JSON_IS_NUMBER,
  JSON_IS_OBJECT,
  JSON_IS_STRING,
  JSON_LIST,
  JSON_NODE_BYTES,
  NEED_ARENA,
  NEED_BAIL,
  PROGRAM_ARENA_NEXT,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_JSON,
  TAG_NULL,
  TAG_NUMBER,
  TAG_STRING,
} from "../abi";
import { exactInteger, INTEGER_EXACT, INTEGER_NONE } from "../values/json-integer";
import { decodeString, skipSpace, stringClose, stringStop, wordLength } from "../values/json-scan";
import { digitCount, digitValue, PARSE_EXACT, PARSE_NOT_A_NUMBER, parseDecimal } from "../values/number-parse";
import { allocate, slice } from "../vector";
import { learnClose, learnEnd, learnOpen, learnValue } from "./json-learn";
import { isIntegerEnd, skipNumber, skipValue, valueBehindKey } from "./json-skip";
import {
  COLUMN,
  END,
  FAULT,
  FAULT_AT,
  FAULTS,
  fail,
  findChild,
  forget,
  HARD,
  hasChildren,
  KIND,
  LEARNING,
  MODE,
  NUMBER,
  NUMBER_END,
  POWERS,
  put,
  REFUSES,
  STATE,
  stop,
  subtreeEnd,
} from "./json-table";

/** Integers up to here are doubles, each its own. */
const SAFE_MAX: i64 = 9007199254740991;

/** Address behind the value at `p`, which is in front of the end, read for `node`; 0 where reading stops. */
export function readValue(t: usize, node: usize, p: usize): usize {
  const byte = load<u8>(p);
  const type = typeAt(byte);
  const refused = load<u32>(node, REFUSES) & type;
  if (hasChildren(t, node) || load<u32>(t, FAULTS)) forget(t, node, subtreeEnd(t, node));
  if (refused) {
    if (load<u32>(t, MODE) != JSON_DECLARED) return stop(t, NEED_BAIL);
    fault(t, node, JSON_FAULT_TYPE, p);
    return skipValue(t, p);
  }
  if (type == JSON_IS_STRING) return readString(t, node, p);
  if (type == JSON_IS_NUMBER) return readNumber(t, node, p);
  if (type == JSON_IS_OBJECT || type == JSON_IS_ARRAY) {
    let next: usize;
    if (!hasChildren(t, node)) next = skipValue(t, p);
    else if (type == JSON_IS_OBJECT) next = readObject(t, node, p);
    else next = load<u32>(node, KIND) == JSON_LIST ? readList(t, node, p) : skipValue(t, p);
    if (next) put(t, node, TAG_JSON, slice(p, <u32>(next - p)));
    return next;
  }
  const length = wordLength(p, load<u32>(t, END));
  if (!length) return fail(t, p);
  if (type == JSON_IS_NULL) put(t, node, TAG_NULL, 0);
  else put(t, node, TAG_BOOLEAN, <u64>(length == 4));
  return p + length;
}

/** The type that a value starts to be; a number where it is none of the others. */
// @ts-ignore: decorator
@inline function typeAt(byte: u8): u32 {
  if (byte == 34) return JSON_IS_STRING;
  if (byte == 123) return JSON_IS_OBJECT;
  if (byte == 91) return JSON_IS_ARRAY;
  if (byte == 110) return JSON_IS_NULL;
  return byte == 116 || byte == 102 ? JSON_IS_BOOLEAN : JSON_IS_NUMBER;
}

function fault(t: usize, node: usize, reason: u32, p: usize): void {
  store<u32>(node, reason, FAULT);
  store<u32>(node, <u32>p, FAULT_AT);
  store<u32>(t, load<u32>(t, FAULTS) + 1, FAULTS);
}

function readString(t: usize, node: usize, p: usize): usize {
  const end = <usize>load<u32>(t, END);
  const from = p + 1;
  let close = stringStop(from, end);
  if (close < end && load<u8>(close) == 34) {
    put(t, node, TAG_STRING, slice(from, <u32>(close - from)));
    return close + 1;
  }
  close = stringClose(close, end);
  if (close >= end || load<u8>(close) != 34) return fail(t, close);
  if (load<u32>(node, COLUMN)) {
    const text = decoded(t, from, close);
    if (!text) return 0;
    put(t, node, TAG_STRING, text);
  }
  return close + 1;
}

/** The string whose valid content lies from `from` to `close`, as a payload; 0 where the arena lacks room. */
function decoded(t: usize, from: usize, close: usize): u64 {
  const state = <usize>load<u32>(t, STATE);
  const text = allocate(state, <u32>(close - from));
  if (!text) return <u64>stop(t, NEED_ARENA);
  const textEnd = decodeString(from, close, text);
  store<u32>(state, <u32>textEnd, PROGRAM_ARENA_NEXT);
  return slice(text, <u32>(textEnd - text));
}

function readNumber(t: usize, node: usize, p: usize): usize {
  const end = <usize>load<u32>(t, END);
  const kind = load<u32>(node, KIND);
  const count = digitCount(p, end);
  let next = p + <usize>count;
  if (count > 0 && count < 16 && isIntegerEnd(p, next, end)) {
    const value = digitValue(p, count);
    if (kind == JSON_I64_BIG) put(t, node, TAG_BIGINT, value);
    else put(t, node, TAG_NUMBER, reinterpret<u64>(<f64>value));
    return next;
  }
  if (kind == JSON_I64 || kind == JSON_I64_BIG) return readInteger(t, node, p);
  const status = parseDecimal(p, end, load<u32>(t, POWERS), t + NUMBER);
  if (status == PARSE_NOT_A_NUMBER) return fail(t, p);
  next = load<u32>(t, NUMBER_END);
  if (status == PARSE_EXACT) put(t, node, TAG_NUMBER, load<u64>(t, NUMBER));
  else {
    // Its text, which no other value of this tag starts like; the host puts the number there.
    put(t, node, TAG_JSON, slice(p, <u32>(next - p)));
    store<u32>(t, 1, HARD);
  }
  return next;
}

/** Big integers are what is written; the others what `JSON.parse` makes of it, which has rounded: 1e-400 is 0. */
function readInteger(t: usize, node: usize, p: usize): usize {
  const end = <usize>load<u32>(t, END);
  const next = skipNumber(t, p, end);
  if (!next) return 0;
  const isBig = load<u32>(node, KIND) == JSON_I64_BIG;
  let status = exactInteger(p, next, t + NUMBER);
  if (status == INTEGER_NONE && !isBig) {
    if (parseDecimal(p, end, load<u32>(t, POWERS), t + NUMBER) != PARSE_EXACT) return stop(t, NEED_BAIL);
    const rounded = load<f64>(t, NUMBER);
    if (rounded == trunc(rounded)) {
      status = INTEGER_EXACT;
      // No number that is not an integer rounds to one that takes more than 64 bits.
      store<i64>(t, <i64>rounded, NUMBER);
    }
  }
  const value = load<i64>(t, NUMBER);
  if (status != INTEGER_EXACT || (!isBig && (value > SAFE_MAX || value < -SAFE_MAX))) {
    fault(t, node, status == INTEGER_NONE ? JSON_FAULT_NOT_INTEGER : JSON_FAULT_RANGE, p);
  } else if (isBig) put(t, node, TAG_BIGINT, <u64>value);
  else put(t, node, TAG_NUMBER, reinterpret<u64>(<f64>value));
  return next;
}

function readObject(t: usize, node: usize, p: usize): usize {
  const end = <usize>load<u32>(t, END);
  const opened = load<u32>(t, LEARNING) ? learnOpen(t, node, p) : -1;
  p = skipSpace(p + 1, end);
  if (p >= end) return fail(t, p);
  if (load<u8>(p) != 125) {
    while (true) {
      if (load<u8>(p) != 34) return fail(t, p);
      const key = p + 1;
      const close = stringStop(key, end);
      let child: usize;
      if (close < end && load<u8>(close) == 34) {
        child = findChild(t, node, key, <u32>(close - key));
        p = valueBehindKey(t, close + 1, end);
      } else {
        p = stringClose(close, end);
        if (p >= end || load<u8>(p) != 34) return fail(t, p);
        const text = decoded(t, key, p);
        if (!text) return 0;
        child = findChild(t, node, <usize>(<u32>text), <u32>(text >> 32));
        p = valueBehindKey(t, p + 1, end);
      }
      if (!p) return 0;
      p = load<u32>(t, LEARNING) ? readLearning(t, child, p) : child ? readValue(t, child, p) : skipValue(t, p);
      if (!p) return 0;
      p = skipSpace(p, end);
      if (p >= end) return fail(t, p);
      if (load<u8>(p) != 44) break;
      p = skipSpace(p + 1, end);
      if (p >= end) return fail(t, p);
    }
    if (load<u8>(p) != 125) return fail(t, p);
  }
  if (opened >= 0) learnClose(t, opened, p + 1);
  return p + 1;
}

/** As `readValue`; `child` may be 0. Objects that have wanted fields become part of the template, any other value a gap in it. */
function readLearning(t: usize, child: usize, p: usize): usize {
  const isPart = child && load<u8>(p) == 123 && hasChildren(t, child) && !(load<u32>(child, REFUSES) & JSON_IS_OBJECT);
  if (isPart) return readValue(t, child, p);
  const template = load<u32>(t, LEARNING);
  learnValue(t, child, p);
  // What lies within the value is not learnt.
  const goesOn = load<u32>(t, LEARNING);
  store<u32>(t, 0, LEARNING);
  p = child ? readValue(t, child, p) : skipValue(t, p);
  store<u32>(t, goesOn ? template : 0, LEARNING);
  if (p) learnEnd(t, p);
  return p;
}

function readList(t: usize, node: usize, p: usize): usize {
  const end = <usize>load<u32>(t, END);
  const element = node + JSON_NODE_BYTES;
  p = skipSpace(p + 1, end);
  if (p >= end) return fail(t, p);
  if (load<u8>(p) == 93) return p + 1;
  while (true) {
    p = readValue(t, element, p);
    if (!p) return 0;
    if (load<u32>(t, FAULTS)) moveFaults(t, node);
    p = skipSpace(p, end);
    if (p >= end) return fail(t, p);
    if (load<u8>(p) != 44) break;
    p = skipSpace(p + 1, end);
    if (p >= end) return fail(t, p);
  }
  return load<u8>(p) == 93 ? p + 1 : fail(t, p);
}

/** A fault in an element is one of its list: the next element, or a later value of the element's key, does not end it. The first one stays. */
function moveFaults(t: usize, list: usize): void {
  const end = subtreeEnd(t, list);
  for (let node = list + JSON_NODE_BYTES; node < end; node += JSON_NODE_BYTES) {
    if (!load<u32>(node, FAULT)) continue;
    const at = load<u32>(node, FAULT_AT);
    if (!load<u32>(list, FAULT) || at < load<u32>(list, FAULT_AT)) {
      store<u32>(list, load<u32>(node, FAULT), FAULT);
      store<u32>(list, at, FAULT_AT);
    }
    store<u32>(node, 0, FAULT);
  }
}
