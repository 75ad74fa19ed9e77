/**
 * What does a slide of a window by key cost: 60 panes, sliding by one?
 *
 * A run is one batch of text by `pushBytes` and the count of the window's keys, on one core. The plain program does the same with `Map`s: it counts
 * the words of the batch, keeps the last 60 of these, and merges all of them for each window. The incremental form, with an inverse, keeps a running
 * value on the host's thread.
 *
 * Not measured: more than one thread, windows of rows, values other than sums.
 */
import { type DStream, ManualClock, type PushInput, StreamingContext } from "millrace";
import type { Bench } from "./support/bench.js";
import { checksumOf } from "./support/checksum.js";
import { type Alternation, agreed, alternate, ratio, rowOfMs } from "./support/measure.js";
import { plainWordCount } from "./support/plain-word-count.js";
import { bookText } from "./support/text.js";

interface Size extends Alternation {
  /** Bytes of a batch. */
  readonly bytes: number;
  readonly panes: number;
}

const INTERVAL_MS = 1000;

type Windowed = (pairs: DStream<[string, number]>, windowMs: number) => DStream<[string, number]>;

const add = (x: number, y: number) => x + y;

/** A window over batches, each a part of one text, in turn. */
class MillraceWindow {
  readonly #clock = new ManualClock();
  readonly #ssc = new StreamingContext({ master: "local[1]", clock: this.#clock, batchInterval: INTERVAL_MS });
  readonly #lines: DStream<string> & PushInput<string> = this.#ssc.pushStream();
  #keys = 0;
  #checksum = "";
  #collects = false;

  constructor(panes: number, windowed: Windowed) {
    const pairs = this.#lines.flatMap((line) => line.split(" ")).map((word) => [word, 1]);
    windowed(pairs, panes * INTERVAL_MS).foreachRDD(async (rdd) => {
      if (this.#collects) this.#checksum = checksumOf(await rdd.collect());
      else this.#keys = await rdd.count();
    });
    void this.#ssc.start();
  }

  async run(batch: Uint8Array): Promise<number> {
    await this.#lines.pushBytes(batch);
    await this.#clock.advance(INTERVAL_MS);
    return this.#keys;
  }

  async check(batch: Uint8Array): Promise<string> {
    this.#collects = true;
    await this.run(batch);
    return this.#checksum;
  }

  async stop(): Promise<void> {
    await this.#ssc.stop();
    await this.#ssc.awaitTermination();
  }
}

class PlainWindow {
  readonly #panes: Array<Map<string, number>> = [];
  readonly #count: number;

  constructor(panes: number) {
    this.#count = panes;
  }

  run(batch: Uint8Array): Map<string, number> {
    this.#panes.push(plainWordCount(batch));
    if (this.#panes.length > this.#count) this.#panes.shift();
    const window = new Map<string, number>();
    for (const pane of this.#panes) for (const [word, n] of pane) window.set(word, (window.get(word) ?? 0) + n);
    return window;
  }
}

const bench: Bench<Size> = {
  name: "window",
  question: "What does a slide of a window by key cost, 60 panes sliding by one?",
  notMeasured: "more than one thread, windows of rows, values other than sums",
  sizes: {
    small: { bytes: 20_000, panes: 6, rounds: 2, warmUpRounds: 7 },
    large: { bytes: 1_000_000, panes: 60, rounds: 31, warmUpRounds: 62 },
  },
  async run({ bytes, panes, ...alternation }) {
    const batch = bookText(bytes);
    const tree = new MillraceWindow(panes, (pairs, windowMs) => pairs.reduceByKeyAndWindow((x, y) => x + y, windowMs));
    const opaque = new MillraceWindow(panes, (pairs, windowMs) =>
      pairs.reduceByKeyAndWindow((x, y) => add(x, y), windowMs),
    );
    const inverse = new MillraceWindow(panes, (pairs, windowMs) =>
      pairs.reduceByKeyAndWindow(
        (x, y) => x + y,
        (x, y) => x - y,
        windowMs,
      ),
    );
    const plain = new PlainWindow(panes);
    const times = await alternate(
      [
        { what: "tree", run: () => tree.run(batch) },
        { what: "opaque", run: () => opaque.run(batch) },
        { what: "inverse", run: () => inverse.run(batch) },
        { what: "plain", run: () => plain.run(batch) },
      ],
      alternation,
    );
    const rows = [
      rowOfMs("tree of panes, kernel", times[0]!, { checksum: await tree.check(batch) }),
      rowOfMs("tree of panes, JavaScript", times[1]!, { checksum: await opaque.check(batch) }),
      rowOfMs("with an inverse", times[2]!, { checksum: await inverse.check(batch) }),
    ];
    await Promise.all([tree, opaque, inverse].map((window) => window.stop()));
    const last = rowOfMs("pane by pane, plain Maps", times[3]!, { checksum: checksumOf(plain.run(batch)) });
    return agreed([...rows.map((row) => ({ ...row, ratios: [ratio(row, last)] })), last]);
  },
};

export default bench;
