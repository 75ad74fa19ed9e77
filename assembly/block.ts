/**
 * The frame of a block: the unit that moves between tasks, threads and processes. Columns lie in Arrow's layout (32-bit offsets and
 * UTF-8 bytes, fixed-width numbers), each buffer on a multiple of 64 bytes counted from the frame's start.
 *
 *      0 magic u32        4 version u32     8 rows u32      12 bytes of the frame u32
 *     16 schema u32      20 codec u32      24 checksum u32  28 buffers u32
 *     32 four times: offset from the frame's start u32, bytes u32
 *     64 buffers, padded with zeros; text is readable 16 bytes past its end
 *
 * The checksum (checksum.ts) covers all but itself. A frame that leaves the process travels in an envelope that has a CRC.
 */
import {
  BAD_HEADER,
  BLOCK_BUFFERS,
  BLOCK_BYTES,
  BLOCK_CODEC,
  BLOCK_CHECKSUM,
  BLOCK_HEADER_BYTES,
  BLOCK_MAGIC,
  BLOCK_SCHEMA,
  BLOCK_VERSION,
  CODEC_PLAIN,
} from "./abi";
import { checksum, FOLD } from "./checksum";

const VERSION: usize = 4;
const DIRECTORY: usize = 32;

export function blockInit(blockPtr: usize, bytes: u32, schema: u32, buffers: u32): void {
  memory.fill(blockPtr, 0, BLOCK_HEADER_BYTES);
  store<u32>(blockPtr, BLOCK_MAGIC);
  store<u32>(blockPtr, BLOCK_VERSION, VERSION);
  store<u32>(blockPtr, bytes, BLOCK_BYTES);
  store<u32>(blockPtr, schema, BLOCK_SCHEMA);
  store<u32>(blockPtr, CODEC_PLAIN, BLOCK_CODEC);
  store<u32>(blockPtr, buffers, BLOCK_BUFFERS);
}

/** Zero, or `BAD_HEADER` where no block of this version starts at `blockPtr`. */
export function blockCheck(blockPtr: usize): i32 {
  return load<u32>(blockPtr) == BLOCK_MAGIC && load<u32>(blockPtr, VERSION) == BLOCK_VERSION ? 0 : BAD_HEADER;
}

/** Writes the checksum into the header of a finished block. */
export function blockSeal(blockPtr: usize): i32 {
  const status = blockCheck(blockPtr);
  if (status < 0) return status;
  store<u32>(blockPtr, blockSum(blockPtr), BLOCK_CHECKSUM);
  return 0;
}

/** 1 where the block's checksum is right, 0 where it is not. The host has checked that the frame lies inside the memory. */
export function blockVerify(blockPtr: usize): i32 {
  const status = blockCheck(blockPtr);
  if (status < 0) return status;
  return load<u32>(blockPtr, BLOCK_CHECKSUM) == blockSum(blockPtr) ? 1 : 0;
}

/** The checksum of the buffers, then of the header's words but for the checksum itself. */
function blockSum(blockPtr: usize): u32 {
  let sum = checksum(blockPtr + BLOCK_HEADER_BYTES, load<u32>(blockPtr, BLOCK_BYTES) - BLOCK_HEADER_BYTES);
  for (let offset: i32 = 0; offset < BLOCK_HEADER_BYTES; offset += 4) {
    if (offset != BLOCK_CHECKSUM) sum = sum * FOLD + load<u32>(blockPtr + offset);
  }
  return sum;
}

export function setBuffer(blockPtr: usize, index: u32, offset: u32, bytes: u32): void {
  store<u32>(blockPtr + (<usize>index << 3), offset, DIRECTORY);
  store<u32>(blockPtr + (<usize>index << 3), bytes, DIRECTORY + 4);
}

// @ts-ignore: decorator
@inline export function bufferAddress(blockPtr: usize, index: u32): usize {
  return blockPtr + <usize>load<u32>(blockPtr + (<usize>index << 3), DIRECTORY);
}
