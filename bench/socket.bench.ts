/**
 * How fast are words counted that another process sends over a loopback socket?
 *
 * A run is a fresh process that reads, in batches of 200 ms, what a sending process writes as fast as it is read; measured from the first byte sent
 * until the last word is in the counts of a batch, the wait for the end of that batch included. The plain program is what people have today:
 * `net`, `readline`, a `Map` each 200 ms. Of each batch both take the number of different words. Every run checks the number of lines; one more run of
 * each, not measured, collects all counts, which must be those of the text sent.
 *
 * Not measured: starting the processes (startup.bench.ts), a real network, the sender's share (it runs on another core where there is one).
 */
import type { Bench } from "./support/bench.js";
import { checksumOf } from "./support/checksum.js";
import { startChild } from "./support/child.js";
import { type Alternation, agreed, alternate, ratio, rowOfBytes } from "./support/measure.js";
import { plainWordCount } from "./support/plain-word-count.js";
import { bookText } from "./support/text.js";
import { TEXT_BYTES } from "./support/word-count.js";

interface Size extends Alternation {
  readonly bytes: number;
  /** How often the text is sent. */
  readonly times: number;
}

const NEWLINE = 10;

interface Run {
  readonly ms: number;
  /** Empty where the counts were not collected. */
  readonly checksum: string;
}

interface Job {
  readonly size: Size;
  /** Lines sent in all. */
  readonly lines: number;
  readonly output: "count" | "collect";
}

/** Runs a sender and a receiving program to their end. Both check the number of lines. */
async function receive(program: string, { size, lines, output }: Job): Promise<Run> {
  const sender = startChild("socket-sender", [`${size.bytes}`, `${size.times}`]);
  try {
    const { port } = await sender.message<{ port: number }>();
    const receiver = startChild(program, [`${port}`, `${lines}`, output]);
    try {
      const { beganMs } = await sender.message<{ beganMs: number }>();
      const { endedMs, checksum } = await receiver.message<{ endedMs: number; checksum: string }>();
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
    large: { bytes: TEXT_BYTES, times: 30, rounds: 5, warmUpRounds: 0 },
  },
  async run(size) {
    const text = bookText(size.bytes);
    const counts = plainWordCount(text);
    for (const [word, count] of counts) counts.set(word, count * size.times);
    const sent = checksumOf(counts);
    const lines = size.times * text.reduce((sum, byte) => sum + (byte === NEWLINE ? 1 : 0), 0);
    const contender = (program: string) => ({
      what: program,
      measuresItself: true as const,
      run: async () => (await receive(program, { size, lines, output: "count" })).ms,
    });
    const times = await alternate([contender("socket-millrace"), contender("socket-plain")], size);

    const received = async (program: string) => (await receive(program, { size, lines, output: "collect" })).checksum;
    const bytes = text.length * size.times;
    const plain = rowOfBytes("plain Node: net, readline, Map", bytes, times[1]!, {
      checksum: await received("socket-plain"),
    });
    const own = rowOfBytes("Millrace, local[1]", bytes, times[0]!, { checksum: await received("socket-millrace") });
    const ratios = [ratio(own, plain, { atLeast: 12 })];
    agreed([{ ...plain, what: "the sender", checksum: sent }, own, plain]);
    return [{ ...own, ratios }, plain];
  },
};

export default bench;
