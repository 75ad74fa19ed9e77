// Rows go to a database: one connection for each partition, taken from a pool and given back.
import { ManualClock, Seconds, StreamingContext } from "millrace";

/** Stands in for a client of some database. */
class Connection {
  static opened = 0;
  readonly id = ++Connection.opened;
  async insert(rows: readonly number[]): Promise<void> {
    console.log(`  connection ${this.id} inserts ${rows}`);
  }
}

/** Connections are made when first needed and used again. */
const pool = {
  idle: [] as Connection[],
  take: () => pool.idle.pop() ?? new Connection(),
  giveBack: (connection: Connection) => void pool.idle.push(connection),
};

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[2]", batchInterval: Seconds(1), clock });
const numbers = ssc.queueStream([
  [1, 2, 3, 4],
  [5, 6],
]);
numbers.foreachRDD(async (rdd, time) => {
  console.log(`${time}`);
  await rdd.foreachPartition(async (values) => {
    const connection = pool.take();
    try {
      await connection.insert([...values]);
    } finally {
      pool.giveBack(connection);
    }
  });
});

await ssc.start();
await clock.advance(Seconds(2));
await ssc.stop();
console.log(`connections opened: ${Connection.opened}`);
