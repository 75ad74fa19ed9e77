/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), 16 bytes a step by tables as in Kounavis and Berry, "A systematic approach to building high
 * performance software-based CRC generators" (2005), who stop at 8: the steps wait for each other, so longer ones are faster.
 */

/** Bytes of the region that `crcInit` fills: 16 tables of 256 numbers, the n-th for a byte with n bytes behind it. */
export function crcBytes(): i32 {
  return 16384;
}

export function crcInit(tablePtr: usize): i32 {
  for (let i: u32 = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
    store<u32>(tablePtr + (<usize>i << 2), crc);
  }
  for (let i: u32 = 256; i < 4096; i++) {
    const crc = load<u32>(tablePtr + (<usize>(i - 256) << 2));
    store<u32>(tablePtr + (<usize>i << 2), (crc >> 8) ^ load<u32>(tablePtr + (<usize>(crc & 255) << 2)));
  }
  return 0;
}

/** The CRC of `bytes` bytes at `inPtr` appended to what `crc` is the CRC of (0: nothing). `tablePtr`: as filled by `crcInit`. */
export function crc32c(crc: u32, inPtr: usize, bytes: u32, tablePtr: usize): u32 {
  const end = inPtr + bytes;
  let p = inPtr;
  let sum: u32 = ~crc;
  for (; p + 16 <= end; p += 16) {
    sum =
      word(load<u32>(p) ^ sum, tablePtr + 12288) ^
      word(load<u32>(p, 4), tablePtr + 8192) ^
      word(load<u32>(p, 8), tablePtr + 4096) ^
      word(load<u32>(p, 12), tablePtr);
  }
  for (; p < end; p++) sum = (sum >> 8) ^ load<u32>(tablePtr + (<usize>((sum ^ load<u8>(p)) & 255) << 2));
  return ~sum;
}

/** The part of the CRC that four bytes have; `tablePtr` points to the table of the last of them. */
// @ts-ignore: decorator
@inline function word(bytes: u32, tablePtr: usize): u32 {
  return (
    load<u32>(tablePtr + (<usize>(bytes & 255) << 2), 3072) ^
    load<u32>(tablePtr + (<usize>((bytes >> 8) & 255) << 2), 2048) ^
    load<u32>(tablePtr + (<usize>((bytes >> 16) & 255) << 2), 1024) ^
    load<u32>(tablePtr + (<usize>(bytes >> 24) << 2))
  );
}
