/**
 * What does it cost to make bytes of rows and rows of bytes, as a serialised storage level and an object file do?
 *
 * A run encodes pairs of a word and a number, in the order of the book, and decodes them again. Beside it: JSON as UTF-8, which loses most types;
 * V8's own serialisation, which no other engine reads; and `structuredClone`, which makes no bytes.
 *
 * Not measured: other rows, checksums, writing to a disk.
 */
import { deserialize, serialize } from "node:v8";
import { decodeRows, encodeRows } from "../src/block/codec.js";
import type { Bench } from "./support/bench.js";
import { checksumOf, merged } from "./support/checksum.js";
import { type Alternation, agreed, alternate, ratio, rowOfMs } from "./support/measure.js";
import { bookText } from "./support/text.js";

type Pair = [word: string, count: number];

interface Size extends Alternation {
  readonly pairs: number;
}

const utf8 = { encoder: new TextEncoder(), decoder: new TextDecoder() };

const CONTENDERS: ReadonlyArray<{ readonly what: string; readonly copy: (rows: readonly Pair[]) => unknown }> = [
  { what: "row codec", copy: (rows) => decodeRows(encodeRows(rows)) },
  { what: "JSON", copy: (rows) => JSON.parse(utf8.decoder.decode(utf8.encoder.encode(JSON.stringify(rows)))) },
  { what: "v8.serialize", copy: (rows) => deserialize(serialize(rows)) },
  { what: "structuredClone", copy: (rows) => structuredClone(rows) },
];

/** Words of the book with numbers of one to three bytes. */
function pairsOfBook(count: number): Pair[] {
  const text = new TextDecoder().decode(bookText(count * 8));
  const words = text.split(/\s+/).filter((word) => word !== "");
  return Array.from({ length: count }, (_, index) => [words[index % words.length]!, (index % 1000) + 1]);
}

const bench: Bench<Size> = {
  name: "rows",
  question: "How fast are pairs encoded and decoded again, beside what the engine brings with it?",
  notMeasured: "other rows, checksums, disks",
  sizes: {
    small: { pairs: 10_000, rounds: 2, warmUpRounds: 1 },
    large: { pairs: 100_000, rounds: 21, warmUpRounds: 5 },
  },
  async run({ pairs, ...alternation }) {
    const rows = pairsOfBook(pairs);
    const times = await alternate(
      CONTENDERS.map(({ what, copy }) => ({ what, run: () => copy(rows) })),
      alternation,
    );
    const results = CONTENDERS.map(({ what, copy }, index) =>
      rowOfMs(what, times[index]!, { checksum: checksumOf(merged([copy(rows) as Pair[]])) }),
    );
    const [own, ...others] = results;
    return agreed([{ ...own!, ratios: others.map((other) => ratio(own!, other)) }, ...others]);
  },
};

export default bench;
