// What the program imports as "millrace": the package as it is built, but that its contexts run by the page's clock and what they print is shown.
import * as millrace from "millrace";
import { desk } from "./desk.js";

export * from "millrace";

/** Rows that are read of each batch of an output: enough for a chart of the largest. */
const ROWS_READ = 1_000;

export class StreamingContext extends millrace.StreamingContext {
  constructor(options: millrace.StreamingContextOptions) {
    super(
      typeof options === "object" && options !== null
        ? { master: "local[1]", ...(desk.clock && { clock: desk.clock }), lowering: desk.kernel, ...options }
        : options,
    );
  }

  override pushStream<T = string>(options?: millrace.PushOptions): millrace.DStream<T> & millrace.PushInput<T> {
    const stream = super.pushStream<T>(options);
    // Rows of a schema are for the program itself to push.
    if (options?.schema === undefined) desk.inputs.push(stream as millrace.PushInput<unknown>);
    return stream;
  }

  override start(): Promise<void> {
    const start = super.start();
    desk.started(this, start);
    return start;
  }
}

millrace.DStream.prototype.print = function print(this: millrace.DStream<unknown>, num = 10): void {
  const output = desk.printed.length;
  desk.printed.push({ stream: this, rows: num });
  const limit = Math.max(num, ROWS_READ);
  this.foreachRDD(async (rdd) => {
    const rows = await rdd.take(limit + 1);
    desk.rows(output, { rows: rows.slice(0, limit), printed: num, hasMore: rows.length > limit });
  });
};
