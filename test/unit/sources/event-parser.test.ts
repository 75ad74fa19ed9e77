import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventParser, type ServerSentEvent } from "../../../src/sources/receivers/event-parser.js";
import { utf8 } from "../../support/batches.js";
import { checkAsync } from "../../support/property.js";

interface Read {
  readonly events: ServerSentEvent[];
  readonly retries: number[];
  readonly tooLong: number[];
}

async function read(chunks: readonly Uint8Array[], eventLengthMax = 1000, lastEventId = ""): Promise<Read> {
  const result: Read = { events: [], retries: [], tooLong: [] };
  const parser = new EventParser({
    eventLengthMax,
    lastEventId,
    event: (event) => void result.events.push(event),
    retry: (delayMs) => void result.retries.push(delayMs),
    tooLong: (length) => void result.tooLong.push(length),
  });
  for (const chunk of chunks) await parser.read(chunk);
  return result;
}

const message = (data: string, type = "message", lastEventId = "") => ({ type, data, lastEventId });

describe("a stream of events", () => {
  it.each<readonly [name: string, text: string, events: ServerSentEvent[]]>([
    [
      "has the text of an event behind data",
      "data: a\n\ndata:b\n\ndata:  c\n\n",
      [message("a"), message("b"), message(" c")],
    ],
    ["joins several lines", "data: a\ndata\ndata: b\n\n", [message("a\n\nb")]],
    ["ends lines in three ways", "data: a\r\n\r\ndata: b\r\rdata: c\n\n", [message("a"), message("b"), message("c")]],
    ["names types, each for one event", "event: add\ndata: 1\n\ndata: 2\n\n", [message("1", "add"), message("2")]],
    [
      "keeps an id until there is another",
      "id: 7\ndata: 1\n\ndata: 2\n\nid\ndata: 3\n\n",
      [message("1", "message", "7"), message("2", "message", "7"), message("3")],
    ],
    ["passes over an id with a zero", "id: 7\n\nid: a\0b\ndata: 1\n\n", [message("1", "message", "7")]],
    [
      "passes over comments, other fields and events without data",
      ": hello\nother: 1\nevent: add\n\ndata: 1\n\n",
      [message("1")],
    ],
    ["passes over an event that has not ended", "data: 1\n\ndata: 2\n", [message("1")]],
    ["begins with a mark of its encoding or not", "\ufeffdata: 1\n\n", [message("1")]],
    ["has an empty text", "data\n\n", [message("")]],
  ])("%s", async (_, text, events) => {
    expect((await read([utf8(text)])).events).toEqual(events);
  });

  it("says how long to wait before the next try", async () => {
    expect((await read([utf8("retry: 10\nretry: x\nretry: 20\n\n")])).retries).toEqual([10, 20]);
  });

  it("begins with an id from before", async () => {
    expect((await read([utf8("data: 1\n\n")], 1000, "5")).events).toEqual([message("1", "message", "5")]);
  });

  it("passes over what is too long, and reads what follows", async () => {
    const long = "x".repeat(30);
    const text = `data: ${long}\n\ndata: 1\n\ndata: ${long.slice(20)}\ndata: ${long.slice(20)}\n\nid: ${long}\ndata: 2\n\ndata: 3\n\n`;
    for (const size of [1, 7, 1000]) {
      const bytes = utf8(text);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      const { events, tooLong } = await read(chunks, 20);
      expect(events).toEqual([message("1"), message("3")]);
      expect(tooLong).toEqual([36, 32, 41]);
    }
  });

  it("is the same however it is cut", async () => {
    const line = fc.oneof(
      fc.constantFrom("", "data: a", "data: é€😀", "id: 1", "event: x", "retry: 5", ": c", "data"),
      fc.string({ maxLength: 8 }),
    );
    const text = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r", "\r\n")), { maxLength: 20 });
    await checkAsync(
      fc.asyncProperty(text, fc.array(fc.nat(6), { maxLength: 40 }), async (lines, sizes) => {
        const bytes = utf8(lines.flat().join(""));
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const size of sizes) {
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        chunks.push(bytes.subarray(at));
        expect(await read(chunks)).toEqual(await read([bytes]));
      }),
      { numRuns: 300 },
    );
  });
});
