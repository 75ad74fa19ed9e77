/**
 * What host and kernels agree on: version, status codes, the layouts of headers. Written once, here; exported as globals, read by
 * the host from the instance, asserted by a test.
 *
 * All regions are little-endian. Text that a kernel reads must be readable `READ_AHEAD` bytes past its end.
 */

/** Raised by one whenever an export, a status or a layout changes. The host refuses any other. */
export const ABI_VERSION: i32 = 1;

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
export const TABLE_SEGMENT_HEADER_BYTES: i32 = 32;
export const TABLE_SLOT_BITS_MIN: i32 = 4;
export const TABLE_SLOT_BITS_MAX: i32 = 27;

// What a table that stopped early asks for (TABLE_NEED); it goes on from where it stopped once it has it.
export const NEED_NOTHING: i32 = 0;
export const NEED_SLOTS: i32 = 1;
export const NEED_ENTRIES: i32 = 2;
export const NEED_BYTES: i32 = 3;

// Block frame: header of 64 bytes, see block.ts.
export const BLOCK_MAGIC: i32 = 0x4b4c424d; // "MBLK"
export const BLOCK_HEADER_BYTES: i32 = 64;
export const BLOCK_VERSION: i32 = 1;
export const BLOCK_ROWS: i32 = 8;
export const BLOCK_BYTES: i32 = 12;
export const BLOCK_SCHEMA: i32 = 16;
export const BLOCK_CODEC: i32 = 20;
export const BLOCK_CHECKSUM: i32 = 24;
export const BLOCK_BUFFERS: i32 = 28;
/** Schema of pairs of a text key and a number: buffers are key offsets, key bytes, values. */
export const SCHEMA_UTF8_F64: i32 = 1;
export const CODEC_PLAIN: i32 = 0;

// Report of textScan.
export const SCAN_ROWS: i32 = 0;
export const SCAN_CLEAN: i32 = 4;
export const SCAN_CHECKSUM: i32 = 8;
/** Room for the last bytes of the text. */
export const SCAN_REST: i32 = 16;
export const SCAN_REPORT_BYTES: i32 = 32;
