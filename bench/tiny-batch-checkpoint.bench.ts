/**
 * How long does a batch of one line take where every batch is planned and committed in a folder?
 *
 * A run is a push, a step of the manual clock and the counts as JavaScript values, with a state in the graph: two entries of the log, each made durable before the batch goes on. The
 * other side writes two files of as many bytes the same way: what is left is what the library adds. At 10 ms there are 100 batches a second.
 *
 * Not measured: throughput, recovery.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { link, mkdir, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "./support/bench.js";
import { keyedSums } from "./support/keyed-sums.js";
import { alternate, ratio, rowOfMs } from "./support/measure.js";

interface Size {
  readonly rounds: number;
}

const BATCH_MS_MAX = 10;
/** What an entry of such a batch has, about. */
const ENTRY_BYTES = 300;

/** A new file, durable with its name. */
async function writeDurably(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(folder, `${name}.new`);
  const file = await open(temporary, "w");
  await file.write(bytes);
  await file.sync();
  await file.close();
  await link(temporary, join(folder, name));
  await unlink(temporary);
  const directory = await open(folder, "r");
  await directory.sync();
  await directory.close();
}

const bench: Bench<Size> = {
  name: "tiny-batch-checkpoint",
  question: "How long does a batch of one line take where every batch is planned and committed in a folder?",
  notMeasured: "throughput, recovery",
  computesNothing: true,
  sizes: { small: { rounds: 3 }, large: { rounds: 200 } },
  async run({ rounds }) {
    const root = mkdtempSync(join(tmpdir(), "millrace-tiny-"));
    const plain = join(root, "plain");
    await mkdir(plain);
    const sums = await keyedSums(join(root, "checkpoint"));
    let files = 0;
    const contenders = [
      { what: "a batch with its plan and commit", run: () => sums.run([7]) },
      {
        what: "two durable files",
        run: async () => {
          for (let i = 0; i < 2; i++) await writeDurably(plain, String(files++), new Uint8Array(ENTRY_BYTES));
        },
      },
    ];
    const [ours, byHand] = await alternate(contenders, { rounds, warmUpRounds: 10 });
    await sums.stop();
    rmSync(root, { recursive: true });
    const other = rowOfMs(contenders[1]!.what, byHand!);
    const row = rowOfMs(contenders[0]!.what, ours!, { target: { atMost: BATCH_MS_MAX } });
    return [{ ...row, ratios: [ratio(row, other)] }, other];
  },
};

export default bench;
