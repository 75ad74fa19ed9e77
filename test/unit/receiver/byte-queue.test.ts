import { expect, test } from "vitest";
import { ByteQueue } from "../../../src/receiver/byte-queue.js";

const bytes = (...values: number[]) => Uint8Array.from(values);

test("chunks come in order, copied; more is wanted when there is none", async () => {
  let wanted = 0;
  const queue = new ByteQueue(() => {
    wanted += 1;
  });
  const chunk = bytes(1, 2);
  queue.add(chunk);
  chunk.fill(9);
  queue.add(bytes(3));
  expect(queue.isEmpty).toBe(false);
  expect((await queue.next()).value).toEqual(bytes(1, 2));
  expect((await queue.next()).value).toEqual(bytes(3));
  expect([queue.isEmpty, wanted]).toEqual([true, 0]);
  const next = queue.next();
  expect(wanted).toBe(1);
  queue.add(bytes(4));
  expect((await next).value).toEqual(bytes(4));
  expect(queue.isEmpty).toBe(true);
});

test("what is there at the end can still be read", async () => {
  const queue = new ByteQueue(() => {});
  queue.add(bytes(1));
  queue.end();
  queue.add(bytes(2));
  expect(await queue.next()).toEqual({ done: false, value: bytes(1) });
  expect(await queue.next()).toEqual({ done: true, value: undefined });
  const waiting = new ByteQueue(() => {});
  const next = waiting.next();
  waiting.end();
  expect((await next).done).toBe(true);
});

test("a reader that leaves drops the rest", async () => {
  const queue = new ByteQueue(() => {});
  queue.add(bytes(1));
  queue.add(bytes(2));
  for await (const chunk of queue) {
    expect(chunk).toEqual(bytes(1));
    break;
  }
  queue.add(bytes(3));
  expect(queue.isEmpty).toBe(true);
  expect((await queue.next()).done).toBe(true);
});
