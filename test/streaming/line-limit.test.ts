import { ManualClock, StreamingContext } from "millrace";
import { afterEach, describe, expect, it, vi } from "vitest";

const encoder = new TextEncoder();

afterEach(() => {
  vi.restoreAllMocks();
});

describe("lineBytesMax", () => {
  it("sets longer lines aside, tells listeners, and keeps every other line", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const clock = new ManualClock();
    const ssc = new StreamingContext({ master: "local[2]", batchInterval: 1000, clock, lineBytesMax: 5 });
    const lines = ssc.pushStream();
    const rows: string[] = [];
    const rejected: unknown[] = [];
    lines.foreachRDD(async (rdd) => void rows.push(...(await rdd.collect())));
    ssc.addStreamingListener({
      onRecordsRejected: ({ streamId, batchTime, count, reason, sample }) => {
        rejected.push([streamId, batchTime.milliseconds, count, reason, new TextDecoder().decode(sample)]);
      },
    });
    await ssc.start();
    await lines.pushBytes(encoder.encode("12345\n123456\r\nabc\nlonger than five\n"));
    await clock.advance(1000);
    await lines.pushBytes(encoder.encode("fine\n1234"));
    await clock.advance(1000);
    await lines.pushBytes(encoder.encode("5"));
    await clock.advance(1000);
    await lines.pushBytes(encoder.encode("6 and so on"));
    await clock.advance(1000);
    await lines.pushBytes(encoder.encode(" to its end\nnext\n"));
    await clock.advance(1000);
    await ssc.stop();
    expect(rows).toEqual(["12345", "abc", "fine", "next"]);
    const reason = "longer than lineBytesMax, 5 bytes";
    expect(rejected).toEqual([
      [0, 1000, 2, reason, "123456"],
      [0, 4000, 1, reason, "123456 and so on"],
    ]);
    expect(warn.mock.calls.flat().join("\n")).toContain("set aside 2 records: longer than lineBytesMax, 5 bytes");
  });

  it("never lets a line that does not end fill the stream for good", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const clock = new ManualClock();
    const ssc = new StreamingContext({ master: "local[1]", batchInterval: 1000, clock, receivedBytesMax: 100 });
    const lines = ssc.pushStream();
    const rows: string[] = [];
    lines.foreachRDD(async (rdd) => void rows.push(...(await rdd.collect())));
    await ssc.start();
    for (let i = 0; i < 10; i++) {
      await lines.pushBytes(encoder.encode("x".repeat(90)));
      await clock.advance(1000);
    }
    await lines.pushBytes(encoder.encode("\nnext\n"));
    await clock.advance(1000);
    await ssc.stop();
    expect(rows).toEqual(["next"]);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 40])("is refused when it is %d", (lineBytesMax) => {
    expect(() => new StreamingContext({ batchInterval: 1000, lineBytesMax })).toThrow(/lineBytesMax must be/);
  });
});
