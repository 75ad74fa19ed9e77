import { describe, expect, test } from "vitest";
import { SourceError } from "../../../src/errors.js";
import { Flow } from "../../../src/receiver/flow.js";
import { type Entrance, Gate } from "../../../src/receiver/gate.js";
import { RateLimiter } from "../../../src/receiver/rate-limiter.js";
import { FakeNetwork, turn } from "../../support/receiving.js";

function gate({ bytesMax = 10, limit = Number.POSITIVE_INFINITY, refuses = false, isStarted = true } = {}) {
  const flow = new Flow(bytesMax);
  const { host } = new FakeNetwork();
  const limiter = new RateLimiter({ limit, limitMax: limit, clock: { now: () => 0 }, host, isManualClock: true });
  let started = isStarted;
  let start = () => {};
  const starting = new Promise<void>((resolve) => {
    start = () => {
      started = true;
      resolve();
    };
  });
  if (isStarted) start();
  const made = new Gate({
    flow,
    limiter,
    engine: {
      get isStarted() {
        return started;
      },
      start: () => starting,
    },
    stopped: () => new SourceError("Stopped.", { code: "stopped" }),
    refused: () => (refuses ? new SourceError("Full.", { code: "full" }) : undefined),
  });
  const entered: string[] = [];
  const pass = (name: string, bytes: number, more: Partial<Entrance> = {}) =>
    made.pass({
      bytes,
      isLimited: true,
      enter: () => {
        entered.push(name);
        flow.add(bytes);
        return 1;
      },
      ...more,
    });
  return { gate: made, flow, limiter, entered, pass, start };
}

describe("Gate", () => {
  test("lets in at once what has room, later ones in the order of the calls, whatever their size", async () => {
    const { flow, entered, pass } = gate();
    expect(pass("a", 8)).toBeUndefined();
    const waiting = [pass("large", 9), pass("small", 1)];
    expect(waiting.every((promise) => promise instanceof Promise)).toBe(true);
    await turn();
    expect(entered).toEqual(["a"]);
    flow.remove(8);
    await Promise.all(waiting);
    expect(entered).toEqual(["a", "large", "small"]);
    await turn();
    flow.remove(10);
    expect(pass("b", 3)).toBeUndefined();
  });

  test("waits for room and for the rate", async () => {
    const { flow, limiter, entered, pass } = gate({ limit: 1 });
    const [a, b, block] = [pass("a", 6), pass("b", 6), pass("block", 2, { isLimited: false })];
    await turn();
    expect(entered).toEqual([]);
    limiter.grant(1000);
    await a;
    limiter.grant(1000);
    await turn();
    expect(entered).toEqual(["a"]);
    flow.remove(6);
    await b;
    await block;
    expect(entered).toEqual(["a", "b", "block"]);
  });

  test("something that comes in by and by comes before all that follows", async () => {
    const { limiter, entered, pass } = gate({ limit: 2, bytesMax: 1000 });
    let left = 3;
    const long = pass("long", 1, {
      enter: () => {
        left -= 1;
        entered.push(`part ${left}`);
        return 1;
      },
      isDone: () => left === 0,
    });
    const next = pass("next", 1);
    limiter.grant(1000);
    await turn();
    expect(entered).toEqual(["part 2", "part 1"]);
    limiter.grant(1000);
    await Promise.all([long, next]);
    expect(entered).toEqual(["part 2", "part 1", "part 0", "next"]);
  });

  test("says no where nobody may wait, and what enter throws goes to its caller alone", async () => {
    const { entered, pass } = gate({ refuses: true });
    pass("a", 8);
    await expect(pass("b", 8)).rejects.toMatchObject({ code: "full" });
    const fails = {
      enter: () => {
        throw new Error("no memory");
      },
    };
    expect(() => pass("c", 1, fails)).toThrow("no memory");
    await turn();
    expect(pass("d", 1)).toBeUndefined();
    expect(entered).toEqual(["a", "d"]);
  });

  test("waits for the engine first", async () => {
    const { entered, pass, start } = gate({ isStarted: false });
    const waiting = [pass("a", 1), pass("b", 1)];
    await turn();
    expect(entered).toEqual([]);
    start();
    await Promise.all(waiting);
    expect(entered).toEqual(["a", "b"]);
  });

  test("at the end: those who wait are let in, later ones only where there is room, and after it nobody", async () => {
    const { gate: made, flow, entered, pass } = gate({ limit: 1 });
    pass("held", 8, { isLimited: false });
    const waiting = [pass("a", 9), pass("b", 9)];
    made.beginEnd();
    const late = pass("late", 9);
    await Promise.all(waiting);
    expect(entered).toEqual(["held", "a", "b"]);
    const refused = expect(late).rejects.toMatchObject({ code: "stopped" });
    await made.close();
    await refused;
    expect(() => pass("after", 1)).toThrow("Stopped.");
    await expect(made.ready()).rejects.toThrow("Stopped.");
    flow.remove(26);
    made.open();
    expect(pass("again", 1, { isLimited: false })).toBeUndefined();
    expect(entered).toEqual(["held", "a", "b", "again"]);
  });

  test("the rate holds nobody up once the end has begun", () => {
    const { gate: made, entered, pass } = gate({ limit: 1 });
    made.beginEnd();
    for (const name of ["a", "b", "c"]) expect(pass(name, 1)).toBeUndefined();
    expect(entered).toEqual(["a", "b", "c"]);
  });

  test("refuse lets nobody in who waits", async () => {
    const { gate: made, entered, pass } = gate();
    pass("a", 10);
    const waiting = expect(pass("b", 1)).rejects.toMatchObject({ code: "stopped" });
    await made.refuse();
    await waiting;
    expect(entered).toEqual(["a"]);
  });

  test("ready: nothing where one more would pass, a promise that resolves when it would", async () => {
    const { gate: made, flow, limiter, pass } = gate({ limit: 1 });
    limiter.grant(2000);
    expect(made.ready()).toBeUndefined();
    pass("a", 10);
    let isReady = false;
    const ready = Promise.resolve(made.ready()).then(() => {
      isReady = true;
    });
    await turn();
    expect(isReady).toBe(false);
    flow.remove(10);
    await ready;
    pass("b", 1);
    const next = made.ready();
    expect(next).toBeInstanceOf(Promise);
    limiter.grant(1000);
    await next;
  });
});
