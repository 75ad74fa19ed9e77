/** Finishing a table: the partition of each key, the sizes of the frames, the frames. The control region is described in plan.ts. */
import {
  BAD_SIZE,
  COLUMN_ANY,
  COLUMN_BYTES,
  COLUMN_UTF8,
  FINISH_COLUMNS,
  FINISH_ENTRY,
  FINISH_FRAMES,
  FINISH_GIVEN,
  FINISH_IDS,
  FINISH_INDEX,
  FINISH_PARTITIONS,
  FINISH_SCRATCH,
  FINISH_SEGMENT,
  FINISH_SIZES,
  FINISH_STATE,
  FINISH_TEMPLATE,
  FINISH_TEMPLATE_ITEMS,
  GROUP_COMPOSITE,
  GROUP_FORM,
  GROUP_SINGLE,
  TABLE_COUNT,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
} from "../abi";
import { blockInit, blockSeal, buffersStart, columnBytes, frameBytes, setColumn } from "../block";
import { entriesBegin, entriesEnd, segmentFirst, segmentNext, strideOf, tableCheck } from "../table";
import { measureSketch } from "../sketches/sketch";
import { canonicalHash, keyHash } from "../values/key-hash";
import { slice } from "../vector";
import { canonicalKey } from "./canonical";
import { writeColumn } from "./columns";
import { CELL_NUMBER_FLAG, cellAt, KEY, kindAt, payloadAt, tagAt, tagOfKind, textBytesAt, word } from "./plan";

/**
 * Finds the partition of each key from where it stopped. Returns the count of keys that have one: fewer than there are where the text of a number in the
 * key at hand is for the host to say; it then writes the key's canonical string and calls again.
 */
export function groupPartition(finish: usize): i32 {
  const sink = <usize>word(finish, FINISH_STATE);
  const status = tableCheck(sink);
  if (status < 0) return status;
  const partitions = word(finish, FINISH_PARTITIONS);
  if (partitions < 1 || partitions > 65535) return BAD_SIZE;
  const ids = <usize>word(finish, FINISH_IDS);
  const stride = strideOf(sink);
  let index = word(finish, FINISH_INDEX);
  let segment = <usize>word(finish, FINISH_SEGMENT);
  let entry = <usize>word(finish, FINISH_ENTRY);
  if (!segment) {
    segment = segmentFirst(sink);
    entry = segment ? entriesBegin(segment) : 0;
  }
  while (segment) {
    const end = entriesEnd(sink, segment);
    for (; entry < end; entry += stride, index++) {
      const hash = partitions == 1 ? 0 : hashOf(finish, sink, entry);
      if (hash < 0) {
        store<u32>(finish + FINISH_SEGMENT, <u32>segment);
        store<u32>(finish + FINISH_ENTRY, <u32>entry);
        store<u32>(finish + FINISH_INDEX, index);
        return index;
      }
      store<u16>(ids + (<usize>index << 1), <u16>(<u32>hash % partitions));
    }
    segment = segmentNext(segment);
    if (segment) entry = entriesBegin(segment);
  }
  return index;
}

/** The partition hash of a key, -1 where the host has to say its canonical string. */
function hashOf(finish: usize, sink: usize, entry: usize): i64 {
  const form = load<i32>(sink, GROUP_FORM);
  const scratch = <usize>word(finish, FINISH_SCRATCH);
  if (form == GROUP_SINGLE) {
    const tag = tagAt(entry, KEY);
    return <i64>keyHash(payloadAt(entry, KEY, tag), <u8>tag, scratch);
  }
  if (form != GROUP_COMPOSITE) return 0;
  const given = word(finish, FINISH_GIVEN);
  store<u32>(finish + FINISH_GIVEN, 0);
  const template = <usize>word(finish, FINISH_TEMPLATE);
  const bytes = given ? <i32>given : canonicalKey(template, word(finish, FINISH_TEMPLATE_ITEMS), entry, 0, 0, 0, scratch);
  return bytes < 0 ? -1 : <i64>canonicalHash(slice(scratch, bytes));
}

/** Says for each partition how many rows and for each column how much text it gets. `BAD_SIZE` where values are not of their column's kind. */
export function groupMeasure(finish: usize): i32 {
  const sink = <usize>word(finish, FINISH_STATE);
  const status = tableCheck(sink);
  if (status < 0) return status;
  const partitions = word(finish, FINISH_PARTITIONS);
  const columns = word(finish, FINISH_COLUMNS);
  const sizes = <usize>word(finish, FINISH_SIZES);
  const ids = <usize>word(finish, FINISH_IDS);
  const count = load<u32>(sink, TABLE_COUNT);
  const stride = <usize>(columns + 1) << 2;
  memory.fill(sizes, 0, <usize>partitions * stride);
  for (let i: u32 = 0; i < count; i++) {
    const size = sizes + <usize>load<u16>(ids + (<usize>i << 1)) * stride;
    store<u32>(size, load<u32>(size) + 1);
  }
  for (let column: u32 = 0; column < columns; column++) {
    if (!measure(finish, sink, ids, sizes + 4 + (<usize>column << 2), stride, column)) return BAD_SIZE;
  }
  return <i32>count;
}

function measure(finish: usize, sink: usize, ids: usize, sizes: usize, sizeStride: usize, column: u32): bool {
  const kind = kindAt(finish, column);
  const cell = cellAt(finish, column);
  const wanted = tagOfKind(kind);
  const isSketch = kind == COLUMN_BYTES;
  const hasText = isSketch || kind == COLUMN_UTF8 || kind == COLUMN_ANY;
  const stride = strideOf(sink);
  let id = ids;
  for (let segment = segmentFirst(sink); segment; segment = segmentNext(segment)) {
    const end = entriesEnd(sink, segment);
    for (let entry = entriesBegin(segment); entry < end; entry += stride, id += 2) {
      const tag = cell & CELL_NUMBER_FLAG ? <u32>TAG_NUMBER : tagAt(entry, cell);
      if (wanted >= 0 && tag != <u32>wanted) return false;
      if (hasText && (tag == TAG_STRING || tag >= <u32>TAG_JSON)) {
        const size = sizes + <usize>load<u16>(id) * sizeStride;
        store<u32>(size, load<u32>(size) + (isSketch ? measureSketch(entry + cell) : textBytesAt(entry, cell)));
      }
    }
  }
  return true;
}

/** Bytes of the frame of a partition. */
export function groupFrameBytes(finish: usize, partition: u32): i32 {
  const columns = word(finish, FINISH_COLUMNS);
  const size = <usize>word(finish, FINISH_SIZES) + <usize>partition * (<usize>(columns + 1) << 2);
  const rows = load<u32>(size);
  let bytes = <u64>buffersStart(columns);
  for (let i: u32 = 0; i < columns; i++) bytes += columnBytes(kindAt(finish, i), rows, load<u32>(size + 4 + (<usize>i << 2)));
  return frameBytes(bytes);
}

/** Writes and seals the frames; each has a region of `groupFrameBytes`. */
export function groupFrames(finish: usize): i32 {
  const status = tableCheck(<usize>word(finish, FINISH_STATE));
  if (status < 0) return status;
  const partitions = word(finish, FINISH_PARTITIONS);
  const columns = word(finish, FINISH_COLUMNS);
  const frames = <usize>word(finish, FINISH_FRAMES);
  let size = <usize>word(finish, FINISH_SIZES);
  for (let i: u32 = 0; i < partitions; i++) {
    const frame = <usize>load<u32>(frames + (<usize>i << 2));
    const rows = load<u32>(size);
    blockInit(frame, groupFrameBytes(finish, i), rows, columns);
    size += 4;
    let at = buffersStart(columns);
    for (let column: u32 = 0; column < columns; column++, size += 4) {
      at = setColumn(frame, column, kindAt(finish, column), rows, load<u32>(size), at);
    }
  }
  for (let column: u32 = 0; column < columns; column++) writeColumn(finish, column);
  for (let i: u32 = 0; i < partitions; i++) blockSeal(<usize>load<u32>(frames + (<usize>i << 2)));
  return 0;
}
