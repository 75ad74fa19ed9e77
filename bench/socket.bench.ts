/**
 * How fast are words counted that another process sends over a loopback socket?
 *
 * A run is a fresh process that reads, in batches of 200 ms, what a sending process writes as fast as it is read; measured from the first byte sent
 * until the last word is in the counts of a batch, the wait for the end of that batch included. The plain program is what people have today:
 * `net`, `readline`, a `Map` each 200 ms. Both sum the counts of each batch; nothing may be lost.
 *
 * Not measured: starting the processes (startup.bench.ts), a real network, the sender's share (it runs on another core where there is one).
 */
import type { Bench } from "./support/bench.js";
import { checksumOf } from "./support/checksum.js";
import { startChild } from "./support/child.js";
import { type Alternation, agreed, alternate, ratio, rowOfBytes } from "./support/measure.js";
import { plainWordCount } from "./support/plain-word-count.js";
import { bookText, TEXT_BYTES } from "./support/text.js";

interface Size extends Alternation {
  readonly bytes: number;
  /** How often the text is sent. */
  readonly times: number;
}

interface Run {
  readonly ms: number;
  readonly checksum: string;
}

async function receive(program: string, size: Size, words: number): Promise<Run> {
  const sender = startChild("socket-sender", [`${size.bytes}`, `${size.times}`]);
  try {
    const { port } = await sender.message<{ port: number }>();
    const receiver = startChild(program, [`${port}`, `${words}`]);
    try {
      const { beganMs } = await sender.message<{ beganMs: number }>();
      const { endedMs } = await receiver.message<{ endedMs: number }>();
      const { checksum } = await receiver.message<{ checksum: string }>();
      await receiver.ended();
      return { ms: endedMs - beganMs, checksum };
    } finally {
      receiver.process.kill();
    }
  } finally {
    sender.process.kill();
  }
}

const bench: Bench<Size> = {
  name: "socket",
  question: "How fast are words counted that another process sends over a loopback socket?",
  notMeasured: "starting the processes, a real network, the sender's share",
  sizes: {
    small: { bytes: 400_000, times: 2, rounds: 1, warmUpRounds: 0 },
    large: { bytes: TEXT_BYTES, times: 10, rounds: 5, warmUpRounds: 0 },
  },
  async run(size) {
    const text = bookText(size.bytes);
    const counts = plainWordCount(text);
    for (const [word, count] of counts) counts.set(word, count * size.times);
    const words = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const checksum = checksumOf(counts);
    const measured = (program: string) => async () => {
      const run = await receive(program, size, words);
      if (run.checksum === checksum) return run.ms;
      throw new Error(`${program} counted ${run.checksum}, ${checksum} were sent.`);
    };
    const times = await alternate(
      [
        { what: "Millrace", run: measured("socket-millrace") },
        { what: "plain", run: measured("socket-plain") },
      ],
      size,
    );
    const bytes = text.length * size.times;
    const plain = rowOfBytes("plain Node: net, readline, Map", bytes, times[1]!, { checksum });
    const own = rowOfBytes("Millrace, local[1]", bytes, times[0]!, { checksum });
    return agreed([{ ...own, ratios: [ratio(own, plain, { atLeast: 8 })] }, plain]);
  },
};

export default bench;
