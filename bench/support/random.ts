/** Numbers from 0 up to 1 that look random and are the same for the same seed: Steele, Lea and Flood's SplitMix on 32 bits ("mulberry32"). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whole numbers from 0 up to `end`, `end` left out, made of such numbers. */
export function indexesFrom(seed: number): (end: number) => number {
  const random = randomFrom(seed);
  return (end) => Math.floor(random() * end);
}
