import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import type { Added, NarrowOperator, Sink } from "../plan/operator.js";

/** Constants of splitmix32. */
const STEP = 0x9e3779b9;

/**
 * A random sample by a seed: each row with probability `fraction` or, with replacement, as often as a Poisson distribution with that mean says. The
 * same seed and partitions give the same sample. **Source:** splitmix32; Knuth's method for Poisson numbers (TAOCP 2, 3.4.1).
 */
export class SampleOperator implements NarrowOperator {
  readonly name = "sample";
  readonly #withReplacement: boolean;
  readonly #fraction: number;
  readonly #seed: number;

  constructor(withReplacement: boolean, fraction: number, seed: number) {
    this.#withReplacement = withReplacement;
    this.#fraction = fraction;
    this.#seed = seed;
  }

  prepare(): void {}

  /** Seeds are those of tasks, so one program is for all. */
  isLike(other: NarrowOperator): boolean {
    return (
      other instanceof SampleOperator &&
      other.#withReplacement === this.#withReplacement &&
      other.#fraction === this.#fraction
    );
  }

  /** What the generator of a partition begins with. */
  seedOf(partition: number): number {
    return this.#seed ^ Math.imul(partition + 1, STEP);
  }

  addTo(rows: KernelRows): Added {
    const fraction = this.#fraction;
    const refusal = rows.sample({ withReplacement: this.#withReplacement, fraction });
    return refusal ?? { ok: true, how: "drawn in vectors", ...(fraction < 1 && { pays: "always" }) };
  }

  connect(next: Sink, _control: unknown, partition: number): Sink {
    const random = generator(this.seedOf(partition));
    const fraction = this.#fraction;
    const limit = Math.exp(-fraction);
    const { push } = next;
    return {
      push: this.#withReplacement
        ? (row) => {
            for (let product = random(); product > limit; product *= random()) push(row);
          }
        : (row) => {
            if (random() < fraction) push(row);
          },
      end: () => next.end(),
    };
  }
}

function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + STEP) | 0;
    let t = state ^ (state >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return ((t ^ (t >>> 15)) >>> 0) / 2 ** 32;
  };
}
