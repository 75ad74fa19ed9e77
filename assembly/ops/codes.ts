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

/** a: JSON texts; data: the table of wanted fields, which has the registers. See ops/json.ts. */
export const OP_JSON_FIELDS: u32 = 64;
/** dst: number of elements of the arrays in a. See ops/json-array.ts. */
export const OP_JSON_LENGTH: u32 = 65;

/** Sink: groups by key; extra: address of its state. See ops/group.ts. */
export const OP_GROUP: u32 = 256;
/** Sink: appends rows to frames; extra: address of its state. See ops/collect.ts. */
export const OP_COLLECT: u32 = 257;

/** dst: the number of each row's group, from 0 on in order of arrival; extra: address of the state, as of OP_GROUP. */
export const OP_GROUP_NUMBER: u32 = 240;

/** dst: whether a key is in an index; a: the key; extra: address of the index. See ops/lookup.ts. */
export const OP_LOOKUP: u32 = 241;
/** Kind of expansion: the elements of JSON arrays; what is none bails. */
export const EXPAND_JSON: i32 = 258;
