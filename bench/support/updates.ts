/** Updates of a running sum by user: lines of JSON such as `{"user":"user-0012345","amount":12.5}`. */
import type { DStream, RDD } from "millrace";
import type { Side } from "./bench.js";
import { checksumOf } from "./checksum.js";
import { linesOf } from "./lines.js";
import type { Alternation } from "./measure.js";
import { benchOf, PLAIN, type QuestionBench } from "./question.js";
import { indexesFrom } from "./random.js";
import { inTurn, millraceSide } from "./sides.js";

export interface UpdatesSize extends Alternation {
  readonly users: number;
  /** Rows of a batch. */
  readonly updates: number;
}

export interface UpdatesInput {
  /** One update of every user. */
  readonly before: readonly Uint8Array[];
  /** Updates of users drawn at random. */
  readonly batches: readonly Uint8Array[];
}

export interface Update {
  readonly user: string;
  readonly amount: number;
}

export type Sums = [user: string, sum: number];

const DIFFERENT_BATCHES = 8;

/** Amounts are eighths, so that a sum is the same in any order. */
function updatesInput({ users, updates }: UpdatesSize): UpdatesInput {
  const index = indexesFrom(5);
  const batchOf = (userAt: (row: number) => number) => {
    const lines = Array.from({ length: updates }, (_, row) => {
      const user = `user-${String(userAt(row)).padStart(7, "0")}`;
      return `{"user":"${user}","amount":${index(8000) / 8}}\n`;
    });
    return new TextEncoder().encode(lines.join(""));
  };
  return {
    before: Array.from({ length: users / updates }, (_, batch) => batchOf((row) => batch * updates + row)),
    batches: Array.from({ length: DIFFERENT_BATCHES }, () => batchOf(() => index(users))),
  };
}

/** A way to keep the sums. A run is one batch of updates, what comes out of it counted. */
export interface UpdatesProgram extends Pick<QuestionBench<UpdatesSize>, "name" | "question" | "notMeasured"> {
  readonly build: (pairs: DStream<Sums>) => DStream<Sums>;
  /** What comes out of a batch by hand: sums by user, which are kept, and the updates in the order of their rows. */
  readonly byHand: (sums: Map<string, number>, updates: Iterable<Update>) => Iterable<Sums>;
  readonly atLeast?: number;
}

export function updatesBench({ build, byHand, atLeast, ...about }: UpdatesProgram): QuestionBench<UpdatesSize> {
  return benchOf({
    ...about,
    sizes: {
      small: { users: 3000, updates: 300, rounds: 2, warmUpRounds: 1 },
      large: { users: 1_000_000, updates: 100_000, rounds: 7, warmUpRounds: 2 },
    },
    aims: atLeast === undefined ? {} : { [PLAIN]: atLeast },
    input: updatesInput,
    millrace: ({ before, batches }, master) => [
      millraceSide({
        what: `Millrace, ${master}`,
        master,
        batches: batches.map((batch) => [batch]),
        before: before.map((batch) => [batch]),
        build: (lines) =>
          build(lines.map((line): Update => JSON.parse(line)).map(({ user, amount }) => [user, amount])),
        result: (rdd: RDD<Sums>) => rdd.collect(),
      }),
    ],
    others: (input) => [sideByHand(input, byHand)],
  });
}

function sideByHand({ before, batches }: UpdatesInput, byHand: UpdatesProgram["byHand"]): Side {
  const sums = new Map<string, number>();
  const turn = inTurn(batches);
  const rowsOf = (batch: Uint8Array) => byHand(sums, updatesOf(batch));
  const count = (rows: Iterable<unknown>) => {
    let rowCount = 0;
    for (const _ of rows) rowCount++;
    return rowCount;
  };
  return {
    what: PLAIN,
    prepare: async () => {
      for (const batch of before) count(rowsOf(batch));
    },
    run: () => count(rowsOf(turn())),
    check: () => ({ checksum: checksumOf(rowsOf(turn())) }),
  };
}

function* updatesOf(batch: Uint8Array): Generator<Update> {
  for (const line of linesOf(batch)) yield JSON.parse(line);
}
