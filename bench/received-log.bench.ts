/**
 * What does logging of received bytes cost: 100 MB a second of text into a word count?
 *
 * A run is one second's worth of lines, pushed in pieces of 64 KiB of which 32 are on their way at once, and the batch that counts their words; once logged ahead to a folder
 * (`receiverWriteAheadLog`), with a checkpoint there, once without any store, on one core. The aim is about a stream of 100 MB/s: what logging adds to a run must be below 15 % of a
 * second for each 100 MB.
 *
 * Not measured: recovery, records of a few bytes each.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, StreamingContext } from "millrace";
import type { Bench, Row } from "./support/bench.js";
import { checksumOf } from "./support/checksum.js";
import { generatedText } from "./support/generated-text.js";
import { agreed, alternate, ratio, rowOfMs } from "./support/measure.js";

interface Size {
  readonly bytes: number;
  readonly rounds: number;
}

const PIECE_BYTES = 64 * 1024;
/** Pieces that are on their way at once: 2 MiB. */
const IN_FLIGHT_MAX = 32;
/** Milliseconds that logging may add for 100 MB. */
const ADDED_MS_MAX = 150;
const BYTES_A_SECOND = 100_000_000;

function counting(store: string | undefined) {
  const clock = new ManualClock();
  const log = store === undefined ? {} : { checkpoint: store, receiverWriteAheadLog: true };
  const ssc = new StreamingContext({
    master: "local[1]",
    batchInterval: 1000,
    clock,
    receivedBytesMax: 2 ** 30,
    ...log,
  });
  const lines = ssc.pushStream();
  let counts: Array<[string, number]> = [];
  lines
    .flatMap((line) => line.split(" "))
    .map((word): [string, number] => [word, 1])
    .reduceByKey((x, y) => x + y)
    .foreachRDD(async (rdd) => {
      counts = await rdd.collect();
    });
  return {
    ssc,
    run: async (bytes: Uint8Array) => {
      const pushed: Array<Promise<void>> = [];
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        if (pushed.length >= IN_FLIGHT_MAX) await pushed.shift();
        pushed.push(lines.pushBytes(bytes.subarray(at, at + PIECE_BYTES)));
      }
      await Promise.all(pushed);
      await clock.advance(1000);
      return checksumOf(counts);
    },
  };
}

const bench: Bench<Size> = {
  name: "received-log",
  question: "What does logging of received bytes cost: 100 MB a second of text into a word count?",
  notMeasured: "recovery, records of a few bytes each",
  sizes: { small: { bytes: 200_000, rounds: 2 }, large: { bytes: BYTES_A_SECOND, rounds: 7 } },
  async run({ bytes, rounds }) {
    const text = generatedText(bytes);
    const folder = mkdtempSync(join(tmpdir(), "millrace-log-"));
    const sides = [counting(join(folder, "checkpoint")), counting(undefined)];
    for (const { ssc } of sides) await ssc.start();
    const checksums = ["", ""];
    const contenders = ["logged ahead", "not logged"].map((what, i) => ({
      what,
      run: async () => {
        checksums[i] = await sides[i]!.run(text);
      },
    }));
    const [logged, plain] = await alternate(contenders, { rounds, warmUpRounds: 2 });
    for (const { ssc } of sides) await ssc.stop();
    rmSync(folder, { recursive: true });
    const rows: Row[] = [logged!, plain!].map((ms, i) => rowOfMs(contenders[i]!.what, ms, { checksum: checksums[i]! }));
    rows[0] = { ...rows[0]!, ratios: [ratio(rows[0]!, rows[1]!)] };
    const added = logged!.map((ms, round) => Math.max(0, ms - plain![round]!) * (BYTES_A_SECOND / bytes));
    return [
      ...agreed(rows),
      rowOfMs("added for 100 MB", added, { part: "what logging adds", target: { atMost: ADDED_MS_MAX } }),
    ];
  },
};

export default bench;
