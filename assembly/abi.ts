/**
 * What host and kernels agree on: version, status codes, the layouts of headers. Written once, here; exported as globals, read by
 * the host from the instance, asserted by a test.
 *
 * All regions are little-endian. Text that a kernel reads must be readable `READ_AHEAD` bytes past its end.
 */

/** Raised by one whenever an export, a status or a layout changes. The host refuses any other. */
export const ABI_VERSION: i32 = 2;

/** Regions start at multiples of this: a cache line, and what Arrow advises for buffers. */
export const ALIGNMENT: i32 = 64;
/** Bytes that must be readable past the end of any text. */
export const READ_AHEAD: i32 = 16;
/** The host places no region below this: address 0 is null, and a debug build keeps its messages here. */
export const RESERVED_BYTES: i32 = 65536;

// Statuses. Zero or more is a count; below zero one of these.
/** A region does not start with the expected magic, version or kind. */
export const BAD_HEADER: i32 = -1;
/** A size or count is out of range. */
export const BAD_SIZE: i32 = -2;

// Table header: 128 bytes, see table.ts.
export const TABLE_MAGIC: i32 = 0x4c42544d; // "MTBL"
export const TABLE_HEADER_BYTES: i32 = 128;
export const TABLE_COUNT: i32 = 8;
export const TABLE_KEY_BYTES: i32 = 12;
export const TABLE_NEED: i32 = 16;
export const TABLE_NEED_BYTES: i32 = 20;
export const TABLE_SLOT_BITS: i32 = 24;
export const TABLE_SLOTS: i32 = 28;
export const TABLE_ENTRY_BYTES: i32 = 32;
/** A cache line, so that an entry of 64 bytes lies in one. */
export const TABLE_SEGMENT_HEADER_BYTES: i32 = 64;
export const TABLE_SLOT_BITS_MIN: i32 = 4;
export const TABLE_SLOT_BITS_MAX: i32 = 27;
/** Slots that lie in a second-level cache are a quarter full at most, more of them half full: probing that goes on is what a processor cannot foresee. */
export const TABLE_SLOT_BITS_SPARSE: i32 = 17;

// What a table that stopped early asks for (TABLE_NEED); it goes on from where it stopped once it has it.
export const NEED_NOTHING: i32 = 0;
export const NEED_SLOTS: i32 = 1;
export const NEED_ENTRIES: i32 = 2;
export const NEED_BYTES: i32 = 3;

// Block frame: header of 64 bytes, see block.ts.
export const BLOCK_MAGIC: i32 = 0x4b4c424d; // "MBLK"
export const BLOCK_HEADER_BYTES: i32 = 64;
export const BLOCK_VERSION: i32 = 2;
export const BLOCK_ROWS: i32 = 8;
export const BLOCK_BYTES: i32 = 12;
export const BLOCK_CODEC: i32 = 20;
export const BLOCK_CHECKSUM: i32 = 24;
export const BLOCK_COLUMNS: i32 = 28;
/** Of a column in the directory, which follows the header. */
export const BLOCK_COLUMN_BYTES: i32 = 32;
export const CODEC_PLAIN: i32 = 0;

// State of a scan of text, all zeros before it begins; its first three fields are the report of textScan.
export const SCAN_ROWS: i32 = 0;
export const SCAN_CLEAN: i32 = 4;
export const SCAN_CHECKSUM: i32 = 8;
/** Room for the last bytes of the text. */
export const SCAN_REST: i32 = 16;
/** The two sums of the checksum. */
export const SCAN_SUM: i32 = 32;
export const SCAN_SUM_OF_SUMS: i32 = 48;
/** The last 16 bytes so far; without vectors the bits of all bytes so far. */
export const SCAN_BEFORE: i32 = 64;
/** Not zero after bytes that are not UTF-8, and after a carriage return. */
export const SCAN_FAULTS: i32 = 80;
export const SCAN_RETURNS: i32 = 96;
export const SCAN_STATE_BYTES: i32 = 112;

// Values. A vector is `VECTOR_ROWS` payloads of 8 bytes, then as many tags of one byte; see vector.ts.
export const VECTOR_ROWS: i32 = 1024;
export const VECTOR_TAGS: i32 = 8192;
export const VECTOR_BYTES: i32 = 9216;
export const TAG_UNDEFINED: i32 = 0;
export const TAG_NULL: i32 = 1;
/** Payload 0 or 1. */
export const TAG_BOOLEAN: i32 = 2;
/** Payload a double. */
export const TAG_NUMBER: i32 = 3;
/** Payload an address (low 32 bits) and a count of bytes (high 32 bits) of canonical WTF-8. */
export const TAG_STRING: i32 = 4;
/** Payload a signed integer. */
export const TAG_BIGINT: i32 = 5;
/** An object or array as a slice of its JSON text, payload as of a string. */
export const TAG_JSON: i32 = 6;

// Program header; see program.ts.
export const PROGRAM_MAGIC: i32 = 0x4752504d; // "MPRG"
export const PROGRAM_HEADER_BYTES: i32 = 256;
/** What a program that stopped asks for besides its return value. */
export const PROGRAM_NEED_BYTES: i32 = 8;
export const PROGRAM_NEED_STATE: i32 = 12;
/** Index of the instruction at hand. */
export const PROGRAM_COUNTER: i32 = 16;
/** Rows in the vectors. */
export const PROGRAM_ROWS: i32 = 20;
export const PROGRAM_REGISTERS: i32 = 24;
export const PROGRAM_INSTRUCTIONS: i32 = 28;
export const PROGRAM_DATA: i32 = 32;
export const PROGRAM_ARENA: i32 = 36;
export const PROGRAM_ARENA_NEXT: i32 = 40;
export const PROGRAM_ARENA_END: i32 = 44;
/** Row indices (u16) that the host computes. */
export const PROGRAM_ASSIST_ROWS: i32 = 48;
export const PROGRAM_ASSIST_COUNT: i32 = 52;
/** Rows of the vectors that the sink has taken. */
export const PROGRAM_SINK_ROW: i32 = 56;
export const PROGRAM_SOURCE: i32 = 60;
/** Of text: address of the next line and end. Of a frame: its address, the next row. */
export const PROGRAM_SOURCE_NEXT: i32 = 64;
export const PROGRAM_SOURCE_END: i32 = 68;
/** Rows of the source that the vectors began with are numbered from here. */
export const PROGRAM_SOURCE_ROW: i32 = 72;
/** Source columns that are read, for a frame: count. */
export const PROGRAM_SOURCE_COLUMNS: i32 = 76;
/** Expansions under way: count; each has a frame of `EXPANSION_BYTES` from PROGRAM_EXPANSIONS on. */
export const PROGRAM_DEPTH: i32 = 80;
/** Counter of rows that the COUNT sink has seen, a double. */
export const PROGRAM_COUNTED: i32 = 88;
export const PROGRAM_EXPANSIONS: i32 = 96;
export const EXPANSION_BYTES: i32 = 32;
export const EXPANSIONS_MAX: i32 = 4;
export const SOURCE_LINES: i32 = 1;
export const SOURCE_FRAME: i32 = 2;
export const NEED_ARENA: i32 = 4;
export const NEED_ASSIST: i32 = 5;
export const NEED_OUTPUT: i32 = 6;
export const NEED_BAIL: i32 = 7;
export const INSTRUCTION_BYTES: i32 = 32;

// Columns of a frame.
export const COLUMN_UTF8: i32 = 1;
export const COLUMN_F64: i32 = 2;
export const COLUMN_BOOLEAN: i32 = 3;
export const COLUMN_I64: i32 = 4;
export const COLUMN_ANY: i32 = 5;
/** Lists of any length: offsets into the rows of the columns that follow. */
export const COLUMN_LIST: i32 = 6;

// The sink that appends rows to frames; see ops/collect.ts.
export const COLLECT_HEADER_BYTES: i32 = 128;
export const COLLECT_MODE: i32 = 0;
export const COLLECT_PARTITIONS: i32 = 4;
export const COLLECT_COLUMNS: i32 = 8;
/** Register of the key. */
export const COLLECT_KEY: i32 = 12;
/** Partition of the next row that is dealt out. */
export const COLLECT_TARGET: i32 = 16;
/** Which partition wants a frame, of at least how many bytes. */
export const COLLECT_NEED_PARTITION: i32 = 20;
export const COLLECT_NEED_BYTES: i32 = 24;
/** What a call gives that is an address. */
export const COLLECT_ADDRESS: i32 = 28;
export const COLLECT_COLUMN_BYTES: i32 = 32;
/** All rows to one partition. */
export const COLLECT_ONE: i32 = 0;
/** By the hash of a key that is a scalar, of one of several values. */
export const COLLECT_HASH: i32 = 1;
export const COLLECT_CANONICAL: i32 = 2;
/** One by one, in turn. */
export const COLLECT_DEAL: i32 = 3;

// Tables: bytes of the longest key, and from an entry to the next one.
export const TABLE_LONGEST: i32 = 84;
export const TABLE_STRIDE: i32 = 88;

// State of a sink that groups: the header of its table, then this; see ops/group.ts.
export const GROUP_FORM: i32 = 128;
export const GROUP_KEYS: i32 = 132;
export const GROUP_AGGREGATES: i32 = 136;
/** Cell of the group's number, 0: none. */
export const GROUP_NUMBER_CELL: i32 = 140;
export const GROUP_LISTS: i32 = 192;
export const GROUP_KEY_BYTES: i32 = 8;
export const GROUP_AGGREGATE_BYTES: i32 = 24;
/** All rows are one group; the key is one value; the key is several values. */
export const GROUP_GLOBAL: i32 = 0;
export const GROUP_SINGLE: i32 = 1;
export const GROUP_COMPOSITE: i32 = 2;
/** Bytes of a cell: a number; a value of any type. */
export const CELL_NUMBER: i32 = 8;
export const CELL_VALUE: i32 = 16;
// How a value is brought into a cell.
export const AGGREGATE_COUNT: i32 = 1;
export const AGGREGATE_SUM: i32 = 2;
export const AGGREGATE_MIN: i32 = 3;
export const AGGREGATE_MAX: i32 = 4;
export const AGGREGATE_FIRST: i32 = 5;
export const AGGREGATE_LAST: i32 = 6;
export const AGGREGATE_LESS: i32 = 7;
export const AGGREGATE_GREATER: i32 = 8;
export const AGGREGATE_AND: i32 = 9;
export const AGGREGATE_OR: i32 = 10;
export const AGGREGATE_BIT_AND: i32 = 11;
export const AGGREGATE_BIT_OR: i32 = 12;
export const AGGREGATE_BIT_XOR: i32 = 13;
export const AGGREGATE_CONCAT: i32 = 14;
/** Takes what is brought in where that is less, or greater: else, also for NaN, what was there stays. */
export const AGGREGATE_BELOW: i32 = 15;
export const AGGREGATE_ABOVE: i32 = 16;

// What a table is finished with; see group/finish.ts.
export const FINISH_BYTES: i32 = 64;
export const FINISH_STATE: i32 = 0;
export const FINISH_PARTITIONS: i32 = 4;
export const FINISH_COLUMNS: i32 = 8;
export const FINISH_KINDS: i32 = 12;
export const FINISH_CELLS: i32 = 16;
export const FINISH_TEMPLATE: i32 = 20;
export const FINISH_TEMPLATE_ITEMS: i32 = 24;
export const FINISH_IDS: i32 = 28;
export const FINISH_SIZES: i32 = 32;
export const FINISH_FRAMES: i32 = 36;
export const FINISH_SCRATCH: i32 = 40;
export const FINISH_CURSORS: i32 = 44;
/** Where hashing stopped: segment, entry, index of the entry. */
export const FINISH_SEGMENT: i32 = 48;
export const FINISH_ENTRY: i32 = 52;
export const FINISH_INDEX: i32 = 56;
/** Bytes of the canonical string of the key at hand that the host has written to the scratch, 0 where it has not. */
export const FINISH_GIVEN: i32 = 60;
export const FINISH_CURSOR_BYTES: i32 = 16;
export const TEMPLATE_ITEM_BYTES: i32 = 16;

// The index of rows by key; see rows/row-index.ts.
export const INDEX_MAGIC: i32 = 0x5844494d; // "MIDX"
export const INDEX_HEADER_BYTES: i32 = 192;
export const INDEX_FRAMES: i32 = 4;
/** How many of them each side has. */
export const INDEX_SIDES: i32 = 128;
export const INDEX_SIDES_MAX: i32 = 4;
/** Columns of the key. */
export const INDEX_KEY_COLUMNS: i32 = 16;
export const INDEX_KEYS: i32 = 20;
export const INDEX_SLOTS: i32 = 24;
export const INDEX_BITS: i32 = 28;
export const INDEX_GROUPS: i32 = 32;
export const INDEX_GROUP_COUNT: i32 = 36;
export const INDEX_FIRSTS: i32 = 40;
export const INDEX_HASHES: i32 = 44;
/** Of the first side; those of the others follow. */
export const INDEX_ENDS: i32 = 144;
export const INDEX_REFS: i32 = 160;
/** Whether the key is its one column, not a tuple or record. */
export const INDEX_IS_SCALAR: i32 = 64;
export const INDEX_KEEPS_LEFT: i32 = 68;
export const INDEX_KEEPS_RIGHT: i32 = 72;
/** Where a join is: the group, the rows of both sides in it. */
export const INDEX_AT_GROUP: i32 = 76;
export const INDEX_AT_LEFT: i32 = 80;
export const INDEX_AT_RIGHT: i32 = 84;
/** Room for three references of each row of a vector. */
export const INDEX_PAIRS: i32 = 88;
/** Where keys are one value: of each group its key; room for the keys of a vector and their hashes. */
export const INDEX_GROUP_KEYS: i32 = 92;
export const INDEX_SEED: i32 = 96;
export const INDEX_SCRATCH: i32 = 120;
export const INDEX_TOUCHED: i32 = 124;
/** What a register of a join is. */
export const JOIN_KEY: i32 = 0;
export const JOIN_LEFT: i32 = 1;
export const JOIN_RIGHT: i32 = 2;
/** What a column of a frame of lists is: see rows/list-frame.ts. */
export const LIST_KEY: i32 = 0;
export const LIST_OFFSETS: i32 = 1;
export const LIST_ELEMENT: i32 = 2;
export const LIST_COLUMN_BYTES: i32 = 32;
/** A program's source: the rows of a join, whose index is at `PROGRAM_SOURCE_END`. */
export const SOURCE_JOIN: i32 = 3;

// Table of the fields that JSON_FIELDS reads; see ops/json-table.ts.
export const JSON_HEADER_BYTES: i32 = 256;
export const JSON_NODE_BYTES: i32 = 64;
/** Room for the learnt layouts of lines. */
export const JSON_TEMPLATES_BYTES: i32 = 27136;
/** The text of `JSON.parse`: what it refuses is left to JavaScript. */
export const JSON_PARSE: i32 = 0;
/** Values of an outer text. */
export const JSON_NAVIGATE: i32 = 1;
/** Texts of a declared schema: what does not fit is reported row by row. */
export const JSON_DECLARED: i32 = 2;
export const JSON_ANY: i32 = 0;
export const JSON_UTF8: i32 = 1;
export const JSON_F64: i32 = 2;
export const JSON_I64: i32 = 3;
export const JSON_I64_BIG: i32 = 4;
export const JSON_BOOLEAN: i32 = 5;
export const JSON_LIST: i32 = 6;
export const JSON_RECORD: i32 = 7;
// Bits of the types of JSON's values.
export const JSON_IS_STRING: i32 = 1;
export const JSON_IS_NUMBER: i32 = 2;
export const JSON_IS_BOOLEAN: i32 = 4;
export const JSON_IS_NULL: i32 = 8;
export const JSON_IS_OBJECT: i32 = 16;
export const JSON_IS_ARRAY: i32 = 32;
// Why a row does not fit a declared schema.
export const JSON_FAULT_SYNTAX: i32 = 1;
export const JSON_FAULT_TYPE: i32 = 2;
export const JSON_FAULT_NOT_INTEGER: i32 = 3;
export const JSON_FAULT_RANGE: i32 = 4;
/** Of a program: address of the table of powers of five (values/number-parse.ts), 0 as long as no number needed it. */
export const PROGRAM_POWERS: i32 = 224;
/** Rows that are none of a schema: how many, and the text of the first one. */
export const PROGRAM_REJECTED: i32 = 228;
export const PROGRAM_REJECT: i32 = 232;

// Table of the cells that CSV_FIELDS reads; see ops/csv.ts.
export const CSV_HEADER_BYTES: i32 = 64;
export const CSV_ENTRY_BYTES: i32 = 16;
export const CSV_CELL_BYTES: i32 = 16;
export const CSV_UTF8: i32 = 1;
export const CSV_F64: i32 = 2;
export const CSV_I64: i32 = 3;
export const CSV_I64_BIG: i32 = 4;
export const CSV_BOOLEAN: i32 = 5;

// State by key; see state/layout.ts. Of the header of a sink that groups: the address of the state's own part.
export const STATE_AREA: i32 = 168;
// Of that part.
/** Keys that are there. */
export const STATE_LIVE: i32 = 0;
/** What entries were before this version: address, address of the next record, end. */
export const STATE_JOURNAL: i32 = 4;
export const STATE_JOURNAL_NEXT: i32 = 8;
export const STATE_JOURNAL_END: i32 = 12;
/** Entries in the order of their touches: address, count, room (both in entries). */
export const STATE_LOG: i32 = 16;
export const STATE_LOG_COUNT: i32 = 20;
export const STATE_LOG_ROOM: i32 = 24;
/** Time of the version, a double. */
export const STATE_TIME: i32 = 32;
/** Where the cells of an entry that a journal keeps begin, and their bytes. */
export const STATE_CELLS: i32 = 40;
export const STATE_CELLS_BYTES: i32 = 44;
/** Cell of the last touch, 0: none. */
export const STATE_TOUCH: i32 = 48;
/** Whether cells may hold text. */
export const STATE_HAS_TEXT: i32 = 52;
/** Cells that got what they cannot hold: 1 where one of numbers got something else. */
export const STATE_REFUSED: i32 = 56;
/** Entries of keys that are there or were removed. */
export const STATE_ENTRIES: i32 = 60;
/** Entries that a source gives, or others are told of: address and count; 0: all that are there. */
export const STATE_LIST: i32 = 64;
export const STATE_LIST_COUNT: i32 = 68;
/** Bytes of text in cells, of those that are there and of those that nobody reads any more. */
export const STATE_TEXT_BYTES: i32 = 72;
/** Entries since the version began: address of the first one's segment, of the entry. */
export const STATE_NEW_SEGMENT: i32 = 76;
export const STATE_NEW_ENTRY: i32 = 80;
/** Entries that the rows of a vector have added, and whether they were not in the order of their rows. */
export const STATE_ADDED: i32 = 84;
export const STATE_IS_OUT_OF_ORDER: i32 = 88;
export const STATE_AREA_BYTES: i32 = 256;
/** Bytes of the cell of the last touch: its place in the order u32, unused, the time of the version. */
export const CELL_TOUCH: i32 = 16;
/** What a state may ask for besides what tables do: a larger journal, a longer list of touches. */
export const NEED_JOURNAL: i32 = 8;
export const NEED_LOG: i32 = 9;
/** Of a table: where its next entry will be, its first and its last segment of entries. */
export const TABLE_ENTRY_NEXT: i32 = 56;
export const TABLE_SEGMENT_FIRST: i32 = 64;
export const TABLE_SEGMENT_LAST: i32 = 68;
/** Of a state's own part: what of its header was noted when the version began, in the order of state/versions.ts. */
export const STATE_MARK: i32 = 128;
/** A program's source: the entries of the state at `PROGRAM_SOURCE_END`. */
export const SOURCE_STATE: i32 = 4;

// Sketches: summaries of values, in regions of their own that cells lead to; see sketches/sketch.ts.
/** Payload an address and a count of bytes: what a sketch is sealed as. No value of a program. */
export const TAG_BYTES: i32 = 7;
/** As UTF8, of bytes. */
export const COLUMN_BYTES: i32 = 7;
/** Brings in values; brings in what other values were sealed as. */
export const AGGREGATE_SKETCH: i32 = 15;
export const AGGREGATE_SKETCH_MERGE: i32 = 16;
/** Of an aggregate: address of the parameters of its sketches. */
export const AGGREGATE_PARAMETERS: i32 = 20;
/** What the host writes of them; room for the hash of a value and for the kind follow. */
export const SKETCH_PARAMETERS_BYTES: i32 = 32;
export const SKETCH_SCRATCH: i32 = 64;

// Rows of frames in an order; see order/order.ts.
export const ORDER_BYTES: i32 = 8256;
/** Frames and which of their rows, of `ORDER_FRAME_BYTES` each: address, first row, end of the rows. */
export const ORDER_FRAMES: i32 = 0;
export const ORDER_FRAME_BYTES: i32 = 12;
export const ORDER_FRAME_COUNT: i32 = 4;
export const ORDER_ROWS: i32 = 8;
/** References of the rows (u64), in order once they are sorted. */
export const ORDER_REFS: i32 = 12;
/** Room for two lists of pairs of the bits that are sorted by and a reference. */
export const ORDER_PAIRS: i32 = 16;
export const ORDER_OTHER_PAIRS: i32 = 20;
/** The keys, the first one most significant, of `ORDER_KEY_BYTES` each: column u32, 1 where it descends u32, `ORDER_BY_*` u32. */
export const ORDER_KEYS: i32 = 24;
export const ORDER_KEY_COUNT: i32 = 28;
/** As JavaScript's `<` says, NaN and undefined last. */
export const ORDER_BY_VALUE: i32 = 0;
/** As a comparator by `<` or by a difference says: for NaN and undefined it would say that they equal everything, so they are left to JavaScript. */
export const ORDER_BY_LESS: i32 = 1;
export const ORDER_BY_DIFFERENCE: i32 = 2;
/** As a source: the next row and the end. */
export const ORDER_NEXT: i32 = 32;
export const ORDER_END: i32 = 36;
export const ORDER_KEY_BYTES: i32 = 16;
/** A program's source: rows of an order, whose address is at `PROGRAM_SOURCE_END`. */
export const SOURCE_ORDER: i32 = 5;
/** The sink that appends rows to frames: those alone that may be among the first ones of an order. */
export const COLLECT_FIRST: i32 = 4;
/** Then: column of the first key; 1 where it descends; 1 where rows of the same key may come before, too. */
export const COLLECT_FIRST_COLUMN: i32 = 64;
export const COLLECT_FIRST_DESCENDING: i32 = 68;
export const COLLECT_FIRST_TIES: i32 = 72;
/** Of a column that is a key: `ORDER_BY_*`. */
export const COLLECT_COLUMN_RULE: i32 = 24;
/** Where keys are of several values: the template of their canonical strings, whose cells are registers + 1; its items and bytes; powers of five. */
export const COLLECT_TEMPLATE: i32 = 96;
export const COLLECT_TEMPLATE_ITEMS: i32 = 100;
export const COLLECT_TEMPLATE_BYTES: i32 = 104;
export const COLLECT_POWERS: i32 = 108;
/** Bytes of a canonical string that a value takes besides those of its text: marks, digits of a length or of a number. */
export const TEMPLATE_LEAF_BYTES: i32 = 64;

// State by key whose values the host keeps; see state/rows.ts. Of the own part: the cell of the entry's number (0: entries have none), one more than the
// number of the last entry that the version has made; of the rows of a version the address of their list, how many they are, how many were looked up.
export const STATE_NUMBER: i32 = 92;
export const STATE_NUMBER_NEXT: i32 = 96;
export const STATE_ROWS: i32 = 100;
export const STATE_ROWS_COUNT: i32 = 104;
export const STATE_ROWS_DONE: i32 = 108;
/** What a row does to its key, besides nothing: it removes it, which is there; it puts it. */
export const ROW_REMOVES: i32 = 1;
export const ROW_PUTS: i32 = 2;

// What a version of a state in frames has changed; see rows/changes.ts. Frames of the version before and of the new one, by address, and how many; columns of
// the key, which are the first ones, and of all that is compared; room for places of rows that are gone, u32, and for references of rows that are new or
// others, u64; how many of both there are. It is an order (`ORDER_REFS`, `ORDER_NEXT`, `ORDER_END`) of the latter, too.
export const CHANGES_BYTES: i32 = 64;
export const CHANGES_KNOWN: i32 = 0;
export const CHANGES_KNOWN_COUNT: i32 = 4;
export const CHANGES_MADE: i32 = 8;
export const CHANGES_MADE_COUNT: i32 = 16;
export const CHANGES_KEYS: i32 = 20;
export const CHANGES_COLUMNS: i32 = 24;
export const CHANGES_GONE: i32 = 28;
export const CHANGES_GONE_COUNT: i32 = 40;
export const CHANGES_ROW_COUNT: i32 = 44;
