import fc from "fast-check";

const seed = process.env.MILLRACE_SEED;

export interface PropertyOptions {
  readonly numRuns?: number;
}

/**
 * Checks a property on random input. A failure prints seed and path; `MILLRACE_SEED=<seed>` in the environment replays it. Says nothing
 * where the property holds.
 */
export function check<T>(property: fc.IProperty<T>, { numRuns = 100 }: PropertyOptions = {}): void {
  fc.assert(property, { numRuns, ...(seed !== undefined && { seed: Number(seed) }) });
}

/** As `check`, for a property that is asynchronous. */
export async function checkAsync<T>(
  property: fc.IAsyncProperty<T>,
  { numRuns = 100 }: PropertyOptions = {},
): Promise<void> {
  await fc.assert(property, { numRuns, ...(seed !== undefined && { seed: Number(seed) }) });
}

/** A generator of numbers in [0, 1) for data too large for fast-check to build: give it `fc.integer()`, so that a failure can be replayed. */
export function random(state: number): () => number {
  let a = state | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** As `checkAsync`, for values of one kind. */
export async function holds<T>(
  arbitrary: fc.Arbitrary<T>,
  predicate: (value: T) => Promise<void> | void,
  numRuns = 100,
): Promise<void> {
  await checkAsync(
    fc.asyncProperty(arbitrary, async (value) => {
      await predicate(value);
    }),
    { numRuns },
  );
}
