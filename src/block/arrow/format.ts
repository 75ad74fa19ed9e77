/** Numbers of Arrow's format (Schema.fbs and Message.fbs of the specification, metadata version V5). */
export const VERSION_5 = 4;
/** In front of each message: what follows is the length of its metadata. */
export const CONTINUATION = 0xffffffff;

export const HEADER_SCHEMA = 1;
export const HEADER_DICTIONARY_BATCH = 2;
export const HEADER_RECORD_BATCH = 3;

export const TYPE_NULL = 1;
export const TYPE_INT = 2;
export const TYPE_FLOAT = 3;
export const TYPE_BINARY = 4;
export const TYPE_UTF8 = 5;
export const TYPE_BOOL = 6;
export const TYPE_TIMESTAMP = 10;
export const TYPE_LIST = 12;
export const TYPE_STRUCT = 13;
export const TYPE_LARGE_UTF8 = 20;

export const PRECISION_SINGLE = 1;
export const PRECISION_DOUBLE = 2;
export const UNIT_MILLISECOND = 1;
