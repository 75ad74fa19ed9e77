import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Flow } from "../../../src/receiver/flow.js";
import { check } from "../../support/property.js";

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe("Flow", () => {
  it("has room up to its limit, and for anything while nothing waits", () => {
    const flow = new Flow(100);
    expect(flow.hasRoom(1000)).toBe(true);
    flow.add(60);
    expect(flow.hasRoom(40)).toBe(true);
    expect(flow.hasRoom(41)).toBe(false);
    flow.add(40);
    expect(flow.hasRoom(0)).toBe(true);
    expect(flow.hasRoom(1)).toBe(false);
    flow.remove(100);
    expect(flow.hasRoom(1000)).toBe(true);
    expect(flow.bytesHeld).toBe(0);
  });

  it("holds what was added and not removed, in its parent as well", () => {
    check(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 50 }))), (steps) => {
        const parent = new Flow(1000);
        const flows = [new Flow(100, parent), new Flow(200, parent)] as const;
        const held = [0, 0];
        for (const [first, bytes] of steps) {
          const index = first ? 0 : 1;
          const flow = flows[index];
          if (flow.hasRoom(bytes)) {
            flow.add(bytes);
            held[index]! += bytes;
          } else {
            flow.remove(held[index]!);
            held[index] = 0;
          }
          expect(flows.map(({ bytesHeld }) => bytesHeld)).toEqual(held);
          expect(parent.bytesHeld).toBe(held[0]! + held[1]!);
        }
      }),
    );
  });

  it("asks its parent too", () => {
    const parent = new Flow(100);
    const [a, b] = [new Flow(1000, parent), new Flow(1000, parent)];
    a.add(90);
    expect(b.hasRoom(20)).toBe(false);
    expect(b.hasRoom(10)).toBe(true);
    a.remove(90);
    expect(b.hasRoom(200)).toBe(true);
  });

  it("says when room is given back, also in the parent", async () => {
    const parent = new Flow(100);
    const [a, b] = [new Flow(50, parent), new Flow(80, parent)];
    a.add(40);
    b.add(60);
    let changes = 0;
    const wait = () =>
      a.changed().then(() => {
        changes++;
      });
    const first = wait();
    await settle();
    expect(changes).toBe(0);
    b.remove(60);
    await first;
    expect(a.hasRoom(50)).toBe(false);
    const second = wait();
    a.remove(40);
    await second;
    expect(changes).toBe(2);
    expect(a.hasRoom(50)).toBe(true);
  });

  it("lets two who wait for a shared limit look one after the other, so that they do not overshoot it", async () => {
    const parent = new Flow(100);
    const flows = [new Flow(100, parent), new Flow(100, parent)] as const;
    flows[0].add(100);
    const bring = async (flow: Flow) => {
      while (!flow.hasRoom(60)) await flow.changed();
      flow.add(60);
    };
    const waiting = flows.map(bring);
    flows[0].remove(100);
    await settle();
    expect(parent.bytesHeld).toBe(60);
    for (const flow of flows) if (flow.bytesHeld > 0) flow.remove(60);
    await Promise.all(waiting);
    expect(parent.bytesHeld).toBe(60);
  });

  it("wakes who waits when there is no use in it any more", async () => {
    const flow = new Flow(10);
    flow.add(10);
    const waiting = flow.changed();
    flow.wakeAll();
    await waiting;
    expect(flow.bytesHeld).toBe(10);
  });

  it("has limits of records and of blocks too, and counts where they were reached", () => {
    const parent = new Flow(1000, undefined, { recordsMax: 10, blocksMax: 3 });
    const flow = new Flow(1000, parent);
    flow.add(10, 9, 3);
    expect([flow.hasRoom(1, 1), flow.hasRoom(1, 2), flow.hasRoom(1, 0, 1)]).toEqual([true, false, false]);
    expect(flow.isFullOfBlocks).toBe(true);
    flow.countReached(1, 1);
    expect([parent.reached, parent.blocksReached]).toEqual([0, 0]);
    flow.countReached(1, 2, 1);
    flow.countReached(2000);
    expect([parent.reached, parent.blocksReached, flow.reached]).toEqual([2, 1, 1]);
    expect(parent.whyFull(2000)).toContain("10 bytes wait to be processed, 2000 more do not fit into 1000");
    expect(parent.whyFull(1)).toContain("9 records in 3 blocks wait to be processed");
    flow.remove(10, 9, 3);
    expect([flow.isFullOfBlocks, parent.recordsHeld, parent.blocksHeld]).toEqual([false, 0, 0]);
    expect(flow.hasRoom(2000, 100, 100)).toBe(true);
  });

  it("calls back whenever room is given back, until told not to", () => {
    const flow = new Flow(10);
    let calls = 0;
    const forget = flow.whenRoom(() => calls++);
    flow.add(5);
    flow.remove(3);
    flow.remove(2);
    expect(calls).toBe(2);
    forget();
    flow.add(1);
    flow.remove(1);
    expect(calls).toBe(2);
  });
});
