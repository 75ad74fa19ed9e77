import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Flow } from "../../../src/receiver/flow.js";
import { check } from "../../support/property.js";

const never = () => false;

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

  it("wakes who waits when there is room, also in the parent", async () => {
    const parent = new Flow(100);
    const [a, b] = [new Flow(50, parent), new Flow(80, parent)];
    a.add(40);
    b.add(60);
    let woken = 0;
    const waiting = a.room(50, never).then(() => {
      woken++;
    });
    await settle();
    b.remove(60);
    await settle();
    expect(woken).toBe(0);
    a.remove(40);
    await waiting;
    expect(woken).toBe(1);
  });

  it("resolves at once where there is room", async () => {
    await new Flow(10).room(100, never);
  });

  it("wakes who waits when there is no use in it any more", async () => {
    const flow = new Flow(10);
    flow.add(10);
    let isStopped = false;
    let isOver = false;
    const waiting = flow.room(1, () => isStopped).then(() => {
      isOver = true;
    });
    flow.wakeAll();
    await settle();
    expect(isOver).toBe(false);
    isStopped = true;
    flow.wakeAll();
    await waiting;
    expect(flow.bytesHeld).toBe(10);
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
