/**
 * Numbers of the operations, by family; the host's compiler has the same through the constants of the binary.
 * Up to 15 control; from 16 on operations on vectors, each in the file of its family; from 256 on sinks.
 */
export const OP_SOURCE: u32 = 1;
/** a: a boolean; imm: how many registers are compacted, which the data list. */
export const OP_FILTER: u32 = 2;
/** dst: pieces; a: what is expanded; imm: how many registers are carried; data: pairs of (from, to); extra: the kind of expansion. */
export const OP_EXPAND: u32 = 3;
/** Sink: counts the rows. */
export const OP_COUNT: u32 = 4;
/** Rows by key, in rounds of one row a key; imm: how many registers are carried; data: pairs of (from, to), then registers of what the keys have; extra: as of OP_GROUP. */
export const OP_FOLD: u32 = 7;

/** a: JSON texts; data: the table of wanted fields, which has the registers. See ops/json.ts. */
export const OP_JSON_FIELDS: u32 = 64;
/** dst: number of elements of the arrays in a. See ops/json-array.ts. */
export const OP_JSON_LENGTH: u32 = 65;
/** a: lines of CSV; data: the table of cells, which has the registers. See ops/csv.ts. */
export const OP_CSV_FIELDS: u32 = 67;

/** Sink: groups by key; extra: address of its state. See ops/group.ts. */
export const OP_GROUP: u32 = 256;
/** Sink: appends rows to frames; extra: address of its state. See ops/collect.ts. */
export const OP_COLLECT: u32 = 257;
/** Sink: what the keys of a round have from then on; data: registers. See ops/fold.ts. */
export const OP_FOLD_END: u32 = 259;

/** dst: the number of each row's group, from 0 on in order of arrival; extra: address of the state, as of OP_GROUP. */
export const OP_GROUP_NUMBER: u32 = 240;

/** dst: whether a key is in an index; a: the key; extra: address of the index. See ops/lookup.ts. */
export const OP_LOOKUP: u32 = 241;
/** Kind of expansion: the elements of JSON arrays; what is none bails. */
export const EXPAND_JSON: i32 = 258;
/** a: whether rows are ones of a schema, b: their texts: those that are not are counted. */
export const OP_REJECTS: u32 = 66;

// Operations on vectors.
/** a: a condition (a boolean, or -1), b: a boolean; bails where the condition holds and b does not. */
export const OP_GUARD: u32 = 16;
/** a ? b : c, a a boolean. */
export const OP_SELECT: u32 = 17;
/** Numbers a and b; imm: ARITHMETIC_*. */
export const OP_ARITHMETIC: u32 = 18;
/** A number a; imm: MATH_*. */
export const OP_MATH: u32 = 19;
/** Numbers a and b; imm: COMPARE_*. */
export const OP_COMPARE: u32 = 20;
/** Strings a and b; imm: COMPARE_*. */
export const OP_COMPARE_TEXT: u32 = 21;
/** a === b; imm: EQUAL_*, and 1 for !==. */
export const OP_EQUAL: u32 = 22;
/** Whether the tag of a is in the set imm, of bits 1 << tag. */
export const OP_HAS_TAG: u32 = 23;
/** Whether a is truthy; imm 1: whether it is not. */
export const OP_TRUTHY: u32 = 24;
/** Booleans a and b; imm 0: both, 1: one of them at least. */
export const OP_BOTH: u32 = 25;
/** Number(a). JSON texts bail where condition b (or -1) holds. */
export const OP_TO_NUMBER: u32 = 26;
/** String(a), as OP_TO_NUMBER. */
export const OP_TO_STRING: u32 = 27;
/** Strings a and b joined. */
export const OP_CONCAT: u32 = 28;
/** Whether a string a has b, from number c on (-1: not given); imm: TEXT_STARTS_WITH ... */
export const OP_TEXT_TEST: u32 = 29;
/** A number of a string a; imm: TEXT_LENGTH ... */
export const OP_TEXT_NUMBER: u32 = 30;
/** A string of a string a and numbers b, c (-1: not given); imm: TEXT_SLICE ... */
export const OP_TEXT_PART: u32 = 31;
/** Pieces of a string a split at the text in the data: bytes u32, count u32, text, then (index, register) pairs; see text-ops.ts. */
export const OP_SPLIT_PIECES: u32 = 32;
/** parseInt(a, imm), parseFloat(a) where imm is below zero; a a string. */
export const OP_PARSE_NUMBER: u32 = 33;
/** Whatever has no operation of its own: each row is computed by the host. */
export const OP_HOST: u32 = 34;

export const ARITHMETIC_ADD: i32 = 0;
export const ARITHMETIC_SUBTRACT: i32 = 1;
export const ARITHMETIC_MULTIPLY: i32 = 2;
export const ARITHMETIC_DIVIDE: i32 = 3;
export const ARITHMETIC_REMAINDER: i32 = 4;
export const ARITHMETIC_MIN: i32 = 5;
export const ARITHMETIC_MAX: i32 = 6;
/** From here on operands are made 32-bit integers. */
export const ARITHMETIC_AND: i32 = 7;
export const ARITHMETIC_OR: i32 = 8;
export const ARITHMETIC_XOR: i32 = 9;
export const ARITHMETIC_SHIFT_LEFT: i32 = 10;
export const ARITHMETIC_SHIFT_RIGHT: i32 = 11;
export const ARITHMETIC_SHIFT_RIGHT_UNSIGNED: i32 = 12;
export const ARITHMETIC_IMUL: i32 = 13;

export const MATH_NEGATE: i32 = 0;
export const MATH_ABS: i32 = 1;
export const MATH_CEIL: i32 = 2;
export const MATH_FLOOR: i32 = 3;
export const MATH_ROUND: i32 = 4;
export const MATH_TRUNC: i32 = 5;
export const MATH_SIGN: i32 = 6;
export const MATH_SQRT: i32 = 7;
export const MATH_FROUND: i32 = 8;
export const MATH_CLZ32: i32 = 9;
export const MATH_NOT: i32 = 10;
/** These give booleans. */
export const MATH_IS_NAN: i32 = 11;
export const MATH_IS_FINITE: i32 = 12;
export const MATH_IS_INTEGER: i32 = 13;

/** Of values of any tags it is 0. */
export const EQUAL_TEXTS: i32 = 2;
export const EQUAL_NUMBERS: i32 = 4;

export const COMPARE_LESS: i32 = 0;
export const COMPARE_LESS_EQUAL: i32 = 1;
export const COMPARE_GREATER: i32 = 2;
export const COMPARE_GREATER_EQUAL: i32 = 3;

/** Split at a text: bytes u32, text, behind the pairs of carried registers; any other kind is the code of an ASCII character. */
export const EXPAND_SPLIT_TEXT: i32 = 256;
/** Of each row a row for each of some items, whose leaves lie in registers; behind the pairs: items u32, leaves u32, for each leaf where it goes and comes from. */
export const EXPAND_ITEMS: i32 = 257;
/** The elements of lists in a column: see lists.ts. */
export const EXPAND_LISTS: i32 = 259;
export const OP_LIST_LENGTH: u32 = 35;
export const OP_LIST_SUM: u32 = 36;

export const TEXT_STARTS_WITH: i32 = 0;
export const TEXT_ENDS_WITH: i32 = 1;
export const TEXT_INCLUDES: i32 = 2;
export const TEXT_LENGTH: i32 = 0;
export const TEXT_INDEX_OF: i32 = 1;
export const TEXT_LAST_INDEX_OF: i32 = 2;
export const TEXT_CHAR_CODE_AT: i32 = 3;
export const TEXT_CODE_POINT_AT: i32 = 4;
export const TEXT_SPLIT_COUNT: i32 = 5;
export const TEXT_SLICE: i32 = 0;
export const TEXT_SUBSTRING: i32 = 1;
export const TEXT_CHAR_AT: i32 = 2;
export const TEXT_AT: i32 = 3;
export const TEXT_TRIM: i32 = 4;
export const TEXT_TRIM_START: i32 = 5;
export const TEXT_TRIM_END: i32 = 6;
export const TEXT_LOWER: i32 = 7;
export const TEXT_UPPER: i32 = 8;

/** Rows whose keys lie in a state, those of one key one after the other; extra: address of the state. See state/turns.ts. */
export const OP_TURNS: u32 = 5;
/** Where they come back from their turns, and the state is changed; extra: address of the state. */
export const OP_RETURN: u32 = 6;
/** Changes the state of the entries that a source gave; extra: address of the state. */
export const OP_STATE_STORE: u32 = 242;

/** Which rows a sample has, or how many times. See ops/sample.ts. */
export const OP_SAMPLE: u32 = 248;
/** Each row as many times as the number in a says. */
export const EXPAND_TIMES: i32 = 264;

/** Sink: looks up the keys of rows in a state whose values the host keeps; extra: address of the state. See state/rows.ts. */
export const OP_STATE_KEYS: u32 = 260;
