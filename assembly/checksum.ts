/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), eight bytes a step by the "slicing-by-8" tables of Kounavis and Berry (2005).
 */

/** Bytes of the region that `crcInit` fills: eight tables of 256 numbers. */
export function crcBytes(): i32 {
  return 8192;
}

export function crcInit(tablePtr: usize): i32 {
  for (let i: u32 = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
    store<u32>(tablePtr + (<usize>i << 2), crc);
  }
  for (let i: u32 = 256; i < 2048; i++) {
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
  for (; p + 8 <= end; p += 8) {
    const low = load<u32>(p) ^ sum;
    const high = load<u32>(p, 4);
    sum =
      load<u32>(tablePtr + (<usize>(low & 255) << 2), 7168) ^
      load<u32>(tablePtr + (<usize>((low >> 8) & 255) << 2), 6144) ^
      load<u32>(tablePtr + (<usize>((low >> 16) & 255) << 2), 5120) ^
      load<u32>(tablePtr + (<usize>(low >> 24) << 2), 4096) ^
      load<u32>(tablePtr + (<usize>(high & 255) << 2), 3072) ^
      load<u32>(tablePtr + (<usize>((high >> 8) & 255) << 2), 2048) ^
      load<u32>(tablePtr + (<usize>((high >> 16) & 255) << 2), 1024) ^
      load<u32>(tablePtr + (<usize>(high >> 24) << 2));
  }
  for (; p < end; p++) sum = (sum >> 8) ^ load<u32>(tablePtr + (<usize>((sum ^ load<u8>(p)) & 255) << 2));
  return ~sum;
}
