/** Running sums by key, with a checkpoint or without, for the benches of checkpoints. */
import { type CheckpointStore, ManualClock, type State, StateSpec, StreamingContext } from "millrace";

/** Keys that one push brings while the state is filled. */
const KEYS_A_PUSH = 10_000;
const PUSHES_A_BATCH = 10;

export interface KeyedSums {
  /** A batch in which these keys get one more. */
  readonly run: (keys: readonly number[]) => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Goes on with what is in the store, where there is one. */
export async function keyedSums(store: CheckpointStore | string | undefined): Promise<KeyedSums> {
  let made!: ReturnType<typeof build>;
  const create = () => {
    made = build();
    return made.ssc;
  };
  const ssc = store === undefined ? create() : await StreamingContext.getOrCreate(store, create);
  await ssc.start();
  const { input, clock, seen } = made;
  return {
    run: async (keys) => {
      for (let at = 0; at < keys.length; at += KEYS_A_PUSH) {
        const rows = keys.slice(at, at + KEYS_A_PUSH).map((key): [string, number] => [nameOf(key), 1]);
        await input.push(...rows);
      }
      await clock.advance(1000);
      return seen.sum;
    },
    stop: () => ssc.stop(),
  };
}

/** Gives the first `count` keys their first value. */
export async function fill(sums: KeyedSums, count: number): Promise<void> {
  const step = KEYS_A_PUSH * PUSHES_A_BATCH;
  for (let at = 0; at < count; at += step) {
    await sums.run(Array.from({ length: Math.min(step, count - at) }, (_, i) => at + i));
  }
}

function nameOf(key: number): string {
  return `key-${String(key).padStart(8, "0")}`;
}

function build() {
  const clock = new ManualClock();
  const ssc = new StreamingContext({ master: "local[1]", batchInterval: 1000, clock, receivedBytesMax: 2 ** 30 });
  const input = ssc.pushStream<[string, number]>();
  const seen = { sum: 0 };
  const spec = StateSpec.function((_key: string, value: number | undefined, state: State<number>) => {
    const sum = (state.getOption() ?? 0) + (value ?? 0);
    state.update(sum);
    return sum;
  });
  input.mapWithState(spec).foreachRDD(async (rdd) => {
    seen.sum = await rdd.fold(0, (a, b) => a + b);
  });
  return { ssc, input, clock, seen };
}
