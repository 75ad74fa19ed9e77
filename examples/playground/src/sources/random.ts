/** The same numbers from 0 (included) to 1 for the same seed: mulberry32, by Tommy Ettinger. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Picks from `values` so that the first one is the most frequent, the n-th 1/n as frequent (Zipf's law). */
export function zipf<T>(values: readonly T[], random: () => number): () => T {
  const sums: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= values.length; rank++) {
    total += 1 / rank;
    sums.push(total);
  }
  return () => {
    const at = random() * total;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! <= at) low = middle + 1;
      else high = middle;
    }
    return values[low]!;
  };
}
