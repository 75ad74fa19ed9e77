/**
 * A job that is ended at any moment: it counts the numbers 1, 2, 3, ... that it pushes itself, with its checkpoints in a store of the origin. It tells the page what was acknowledged and what each
 * batch has counted. The next one goes on behind the highest number that was counted.
 */
import { type CheckpointStore, type PushInput, StreamingContext } from "millrace";
import { IndexedDbStore, OpfsStore } from "millrace/stores";

interface Counted {
  readonly count: number;
  readonly sum: number;
  readonly highest: number;
}

const kind = new URL(location.href).searchParams.get("store");
const store: CheckpointStore = kind === "opfs" ? new OpfsStore("job") : new IndexedDbStore("job");
const NUMBERS_AT_ONCE = 50;
const NOTHING: Counted = { count: 0, sum: 0, highest: 0 };

let numbers!: PushInput<number>;
let counted: (total: Counted) => void = () => {};

function create(): StreamingContext {
  const ssc = new StreamingContext({ batchInterval: 20, receiverWriteAheadLog: true, printTo: () => {} });
  const stream = ssc.pushStream<number>({ name: "numbers" });
  numbers = stream;
  const totals = stream
    .map((n): [string, number] => ["all", n])
    .updateStateByKey((values: number[], total: Counted | undefined) =>
      values.reduce(
        ({ count, sum, highest }, n) => ({ count: count + 1, sum: sum + n, highest: Math.max(highest, n) }),
        total ?? { count: 0, sum: 0, highest: 0 },
      ),
    );
  totals.foreachRDD(async (rdd, _time, { attempt }) => {
    const [row] = await rdd.collect();
    const total = row?.[1] ?? NOTHING;
    // One that runs again has what it had; the first new one has all else that was logged.
    const isNew = attempt === 1;
    postMessage({ total, isNew });
    if (isNew) counted(total);
  });
  return ssc;
}

async function run(): Promise<void> {
  const ssc = await StreamingContext.getOrCreate(store, create);
  const first = new Promise<Counted>((resolve) => {
    counted = resolve;
  });
  await ssc.start();
  ssc.awaitTermination().catch((error: unknown) => postMessage({ error: String(error) }));
  let { highest } = await first;
  for (;;) {
    const next = Array.from({ length: NUMBERS_AT_ONCE }, (_, index) => highest + 1 + index);
    await numbers.push(...next);
    highest += NUMBERS_AT_ONCE;
    postMessage({ acknowledged: highest });
  }
}

run().catch((error: unknown) => postMessage({ error: String(error) }));
