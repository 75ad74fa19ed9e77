/** Many short lines: a number from 0 up to some bound on each. */
import type { Alternation } from "./measure.js";
import { indexesFrom } from "./random.js";

export interface NumbersSize extends Alternation {
  readonly rows: number;
  /** Numbers are drawn from 0 up to this one. */
  readonly below: number;
}

const [ZERO, NEWLINE] = [48, 10];

export function numberLines({ rows, below }: Pick<NumbersSize, "rows" | "below">, seed: number): Uint8Array {
  const index = indexesFrom(seed);
  const bytes = new Uint8Array(rows * (String(below).length + 1));
  let end = 0;
  for (let row = 0; row < rows; row++) {
    const number = index(below);
    let digits = 1;
    for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    for (let place = end + digits - 1, rest = number; place >= end; place--, rest = Math.floor(rest / 10)) {
      bytes[place] = ZERO + (rest % 10);
    }
    end += digits;
    bytes[end++] = NEWLINE;
  }
  return bytes.slice(0, end);
}

export const numbersSizes = {
  small: { rows: 20_000, below: 2000, rounds: 2, warmUpRounds: 1 },
  large: { rows: 10_000_000, below: 1_000_000, rounds: 5, warmUpRounds: 1 },
};
