/**
 * Rows of a vector in rounds, in each of which a key has one row at most: by rank, which is how many rows of its key come before a row.
 *
 * The latest row of each key stands in a small table, by the hash of what stands for the key.
 */
/** Slots of the table, u16 each: twice as many as there are keys at most. */
const LATEST_BITS: u32 = 11;
export const LATEST_BYTES: usize = 2 << LATEST_BITS;
/** Of a row that is in no round: the next one of its key has rank 0. */
const NONE: u16 = 0xffff;

/**
 * Writes the ranks u16[1024] of rows by what stands for their keys, u32[1024]; returns the highest, -1 where no row has one. Rows are in no round whose
 * words have one of the bits `none`, which do not tell keys apart.
 */
export function rankRows(words: usize, none: u32, rows: i32, latest: usize, ranks: usize): i32 {
  memory.fill(latest, 0, LATEST_BYTES);
  let most = -1;
  for (let row = 0; row < rows; row++) {
    const word = load<u32>(words + (<usize>row << 2));
    const key = word & ~none;
    let slot = <usize>((key * 0x9e3779b1) >> (32 - LATEST_BITS)) << 1;
    let before = <usize>load<u16>(latest + slot);
    while (before && (load<u32>(words + ((before - 1) << 2)) & ~none) != key) {
      slot = (slot + 2) & (LATEST_BYTES - 1);
      before = <usize>load<u16>(latest + slot);
    }
    let rank: u16 = before ? load<u16>(ranks + ((before - 1) << 1)) + 1 : 0;
    if (word & none) rank = NONE;
    else if (<i32>rank > most) most = <i32>rank;
    store<u16>(latest + slot, <u16>(row + 1));
    store<u16>(ranks + (<usize>row << 1), rank);
  }
  return most;
}

/**
 * Writes the rows that have ranks in the order of these, u16[1024], rows of one rank as they were, and where each rank begins among them, u16[1026]: from
 * `most + 1` on their end.
 */
export function orderByRank(ranks: usize, rows: i32, most: i32, order: usize, begins: usize): void {
  memory.fill(begins, 0, <usize>(most + 3) << 1);
  if (most <= 0) {
    let count: usize = 0;
    for (let row = 0; row < rows; row++) {
      store<u16>(order + (count << 1), <u16>row);
      count += <usize>(load<u16>(ranks + (<usize>row << 1)) != NONE);
    }
    for (let rank = 1; rank <= most + 2; rank++) store<u16>(begins + (<usize>rank << 1), <u16>count);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const rank = load<u16>(ranks + (<usize>row << 1));
    if (rank == NONE) continue;
    const after = begins + (<usize>rank << 1);
    store<u16>(after, load<u16>(after, 4) + 1, 4);
  }
  // Sums: where a rank begins lies one place further until its rows have been placed.
  for (let rank = 1; rank <= most + 1; rank++) {
    const place = begins + (<usize>rank << 1);
    store<u16>(place, load<u16>(place, 2) + load<u16>(place), 2);
  }
  for (let row = 0; row < rows; row++) {
    const rank = load<u16>(ranks + (<usize>row << 1));
    if (rank == NONE) continue;
    const place = begins + (<usize>rank << 1);
    const to = load<u16>(place, 2);
    store<u16>(order + (<usize>to << 1), <u16>row);
    store<u16>(place, to + 1, 2);
  }
}
