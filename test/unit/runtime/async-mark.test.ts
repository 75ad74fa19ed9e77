import { expect, test } from "vitest";
import { nodeHost } from "../../../src/runtime/node.js";

const { AsyncLocalStorage } = process.getBuiltinModule("node:async_hooks");

test("a mark is set inside its run, also after an await, until what it returned has settled", async () => {
  const mark = nodeHost().asyncMark!();
  let late: Promise<boolean> | undefined;
  expect(mark.isSet()).toBe(false);
  await mark.run(async () => {
    expect(mark.isSet()).toBe(true);
    await Promise.resolve();
    expect(mark.isSet()).toBe(true);
    late = new Promise((resolve) => setImmediate(() => resolve(mark.isSet())));
  });
  expect(mark.isSet()).toBe(false);
  expect(await late).toBe(false);
});

test("marks of one host are told apart, and one inside another leaves it set", async () => {
  const host = nodeHost();
  const [one, other] = [host.asyncMark!(), host.asyncMark!()];
  await one.run(async () => {
    expect([one.isSet(), other.isSet()]).toEqual([true, false]);
    await other.run(async () => {
      await Promise.resolve();
      expect([one.isSet(), other.isSet()]).toEqual([true, true]);
    });
    expect([one.isSet(), other.isSet()]).toEqual([true, false]);
  });
  expect(one.run(() => other.isSet())).toBe(false);
});

test("marks share one storage, however many are made", () => {
  const module = process.getBuiltinModule("node:async_hooks");
  let count = 0;
  module.AsyncLocalStorage = class<T> extends AsyncLocalStorage<T> {
    constructor() {
      super();
      count++;
    }
  };
  try {
    const host = nodeHost();
    for (let i = 0; i < 10; i++) host.asyncMark!().run(() => {});
  } finally {
    module.AsyncLocalStorage = AsyncLocalStorage;
  }
  expect(count).toBe(1);
});
