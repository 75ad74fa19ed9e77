/** Questions that several sides answer about the same input: programs through the public API, plain JavaScript, other libraries. */
import type { Bench, Peers, Ratio, Row, Side } from "./bench.js";
import { type Alternation, agreed, alternate, ratioOfRuns, rowOfBytes, rowOfMs } from "./measure.js";

export const PLAIN = "plain JavaScript";

export interface Question<Size extends Alternation, Input> extends Omit<Bench<Size>, "run"> {
  /** The same every time: what all sides are given. */
  input(size: Size): Input;
  /** Bytes of one run, where a rate says more than a time. */
  bytes?(input: Input): number;
  /** The programs through the public API; the first one answers the question. */
  millrace(input: Input, master: string): Side[];
  /** What a good engineer writes without this library, and yardsticks. */
  others(input: Input): Side[];
  /** How many times as fast the first side has to be as others, by their names. */
  readonly aims: Readonly<Record<string, number>>;
}

export interface QuestionBench<Size = unknown> extends Bench<Size> {
  /** Not against others: the same program with `local[2]` and with `local[1]`, in `rounds` at most. */
  onTwoThreads(size: Size, rounds: number, aim: number): Promise<Row[]>;
}

/** Until the engine has optimised the code for shared memory, which it does on the cores that the threads keep busy. */
const TWO_THREADS_WARM_UP_ROUNDS = 12;

/** A question as a bench, asked on one core. */
export function benchOf<Size extends Alternation, Input>(asked: Question<Size, Input>): QuestionBench<Size> {
  const { name, question, notMeasured, sizes } = asked;
  return {
    name,
    question,
    notMeasured,
    sizes,
    run: async (size, peers) => {
      const input = asked.input(size);
      const fromPeers = await (peers as Peers<Input> | undefined)?.(input);
      const others = [...asked.others(input), ...(fromPeers ?? [])];
      const comparison = { ...size, bytes: asked.bytes?.(input), aims: asked.aims };
      return rowsOf(asked.millrace(input, "local[1]"), others, comparison);
    },
    onTwoThreads: (size, roundsMax, aim) => {
      const input = asked.input(size);
      const sideOn = (master: string): Side => ({ ...asked.millrace(input, master)[0]!, what: master });
      const rounds = Math.min(size.rounds, roundsMax);
      const comparison = {
        rounds,
        warmUpRounds: size.warmUpRounds > 0 ? TWO_THREADS_WARM_UP_ROUNDS : 0,
        bytes: asked.bytes?.(input),
        aims: { "local[1]": aim },
      };
      return rowsOf([sideOn("local[2]")], [sideOn("local[1]")], comparison);
    },
  };
}

interface Comparison extends Alternation {
  readonly bytes: number | undefined;
  readonly aims: Readonly<Record<string, number>>;
}

/** Measures the sides in turn and checks that they agree. Each of `own` has its ratios to all others; aims are those of the first one. */
export async function rowsOf(own: readonly Side[], others: readonly Side[], comparison: Comparison): Promise<Row[]> {
  const { bytes, aims } = comparison;
  const sides = [...own, ...others];
  for (const side of sides) await side.prepare?.();
  const times = await alternate(sides, comparison);
  const rows: Row[] = [];
  for (const [index, { what, check }] of sides.entries()) {
    const checked = await check();
    const ms = times[index]!;
    rows.push(bytes === undefined ? rowOfMs(what, ms, checked) : rowOfBytes(what, bytes, ms, checked));
  }
  for (const { stop } of sides) await stop?.();
  const ratios = (index: number): Ratio[] =>
    others.map(({ what }, other) => {
      const atLeast = index === 0 ? aims[what] : undefined;
      const target = atLeast === undefined ? undefined : { atLeast };
      return ratioOfRuns(what, times[index]!, times[own.length + other]!, target);
    });
  return agreed(rows.map((row, index) => (index < own.length ? { ...row, ratios: ratios(index) } : row)));
}
