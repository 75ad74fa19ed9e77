import { describe, expect, test } from "vitest";
import { OpenBlocks } from "../../../src/receiver/open-blocks.js";
import { RawSocketSource } from "../../../src/sources/raw-socket-stream.js";
import { receiving } from "../../support/receiving.js";

function holder(name: string, evicted: string[]) {
  return { evict: ({ code }: { readonly code: string }) => void evicted.push(`${name} ${code}`) };
}

describe("OpenBlocks", () => {
  test("where all of them need more than there may be, the largest is dropped", () => {
    const blocks = new OpenBlocks(100);
    const evicted: string[] = [];
    const [a, b, c] = [holder("a", evicted), holder("b", evicted), holder("c", evicted)];
    blocks.hold(a, 40);
    blocks.hold(b, 50);
    blocks.hold(c, 10);
    expect([blocks.bytesHeld, blocks.count, evicted]).toEqual([100, 3, []]);
    blocks.hold(a, 41);
    expect(evicted).toEqual(["b open-blocks-full"]);
    expect([blocks.bytesHeld, blocks.count, blocks.reached]).toEqual([51, 2, 1]);
    blocks.hold(a, 0);
    blocks.hold(c, 100);
    expect([blocks.bytesHeld, blocks.count, blocks.reached]).toEqual([100, 1, 1]);
  });

  test("a raw socket whose block is dropped says so, connects again, and reads on from there", async () => {
    const { network, events, input, intake, take, start } = receiving(
      (made) => new RawSocketSource({ hostname: "somewhere", port: 9 }, made),
      { bytesMax: 1000 },
    );
    start();
    const { openBlocks } = intake.context;
    network.last.events.data(Uint8Array.of(0, 0, 3, 0, ...new Uint8Array(700)));
    expect(openBlocks.bytesHeld).toBe(700);
    openBlocks.hold(holder("other", []), 600);
    expect(network.last.isDestroyed).toBe(true);
    expect(events.at(-1)).toEqual(["error", expect.any(String), expect.objectContaining({ code: "open-blocks-full" })]);
    expect(openBlocks.bytesHeld).toBe(600);
    await network.pass(200);
    expect(network.connections).toHaveLength(2);
    network.last.events.data(Uint8Array.of(0, 0, 0, 9, 1));
    expect(openBlocks.count).toBe(2);
    await input.stop();
    expect(openBlocks.count).toBe(1);
    expect(await take()).toEqual([]);
  });
});
