import { describe, expect, it } from "vitest";
import { Door } from "../../src/door.js";
import { ConfigError } from "../../src/errors.js";

describe("Door", () => {
  it("loads its part once, however often it is opened", async () => {
    let loads = 0;
    const part = { answer: 42 };
    const door = new Door("answers", async () => {
      loads += 1;
      return part;
    });
    expect(door.isOpen).toBe(false);
    expect(() => door.module).toThrow("What answers is needed, and is not loaded.");
    expect(await Promise.all([door.open(), door.open()])).toEqual([part, part]);
    expect(await door.open()).toBe(part);
    expect(door.module).toBe(part);
    expect(door.isOpen).toBe(true);
    expect(loads).toBe(1);
  });

  it("says what could not be loaded, and tries again", async () => {
    const cause = new Error("no such file");
    const outcomes = [Promise.reject(cause), Promise.resolve({ answer: 42 })];
    for (const outcome of outcomes) outcome.catch(() => {});
    const door = new Door("answers", () => outcomes.shift()!);
    const failed = await Promise.allSettled([door.open(), door.open()]);
    for (const each of failed) {
      expect(each).toMatchObject({ status: "rejected", reason: { code: "module-unavailable", cause } });
      expect((each as PromiseRejectedResult).reason).toBeInstanceOf(ConfigError);
    }
    expect(door.isOpen).toBe(false);
    expect(await door.open()).toEqual({ answer: 42 });
  });
});
