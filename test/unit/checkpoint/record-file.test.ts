import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/block/crc32c.js";
import { RecordFile } from "../../../src/checkpoint/stores/record-file.js";
import { check, random } from "../../support/property.js";
import { ModelFile } from "../../support/web-storage.js";

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: Uint8Array | undefined) => (value ? `${value.length}:${value[0]}` : "-");
const HEADER_BYTES = 24;
const LARGE_BYTES = 6_000;
const WASTE_BYTES = 16_000;
const open = (files: readonly ModelFile[]) => RecordFile.open(files, WASTE_BYTES);

function twoFiles(): [ModelFile, ModelFile] {
  return [new ModelFile(), new ModelFile()];
}

/** What of a key may be found after a crash: what was durable, then each change since. */
class Allowed {
  readonly #values = new Map<string, Array<Uint8Array | undefined>>();

  changed(key: string, value: Uint8Array | undefined): void {
    const before = this.#values.get(key) ?? [undefined];
    this.#values.set(key, [...before, value]);
  }

  flushed(): void {
    for (const [key, values] of this.#values) this.#values.set(key, values.slice(-1));
  }

  now(key: string): Uint8Array | undefined {
    return this.#values.get(key)?.at(-1);
  }

  /** What was found is what there is from now on. */
  check(file: RecordFile): void {
    for (const [key, values] of this.#values) {
      const found = file.read(key);
      expect(values.map(text), key).toContain(text(found));
      this.#values.set(key, [found]);
    }
    const there = [...this.#values].filter(([, [value]]) => value !== undefined).map(([key]) => key);
    expect(file.keys("")).toEqual(there.sort());
  }
}

/** Random changes, flushes and crashes; large values now and then, so that files are written anew. */
function live(seed: number, files: readonly ModelFile[], failure?: () => void): void {
  const next = random(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  const allowed = new Allowed();
  let file = open(files);
  for (let step = 1; step <= 60; step++) {
    const key = `key/${below(5)}`;
    const roll = next();
    try {
      if (roll < 0.5) {
        const value = new Uint8Array(next() < 0.25 ? LARGE_BYTES : below(600)).fill(step);
        allowed.changed(key, value);
        file.write(key, value, false);
      } else if (roll < 0.65) {
        allowed.changed(key, undefined);
        file.delete(key);
      } else if (roll < 0.9) {
        file.flush();
        allowed.flushed();
        for (const name of file.keys("")) expect(text(file.read(name))).toBe(text(allowed.now(name)));
      } else {
        for (const one of files) one.crash(next, next() < 0.7);
        file = open(files);
        allowed.check(file);
      }
    } catch (error) {
      if (failure === undefined || (error as Error).message !== "planned") throw error;
      for (const one of files) one.crash(next, next() < 0.7);
      file = open(files);
      allowed.check(file);
    }
    failure?.();
  }
}

describe("a record file", () => {
  it("holds after every crash what was flushed, and of each key what was flushed last or a change since", () => {
    check(
      fc.property(fc.integer(), (seed) => live(seed, twoFiles())),
      { numRuns: 200 },
    );
  });

  it("holds it too where calls of the host fail", () => {
    check(
      fc.property(fc.integer(), fc.integer({ min: 3, max: 40 }), (seed, every) => {
        const files = twoFiles();
        let calls = 0;
        for (const file of files) {
          file.before = () => {
            calls += 1;
            if (calls % every === 0) throw new Error("planned");
          };
        }
        // What is opened after a crash must come through.
        const plan = () => {
          if (calls % every > every - 3) calls += 3;
        };
        try {
          live(seed, files, plan);
        } catch (error) {
          if ((error as Error).message !== "planned") throw error;
        }
      }),
      { numRuns: 200 },
    );
  });

  it("is written anew, without what counts no more, in the other file", () => {
    const files = twoFiles();
    const file = open(files);
    for (let n = 1; n <= 10; n++) {
      file.write("large", new Uint8Array(LARGE_BYTES).fill(n), false);
      file.write(`small/${n % 3}`, bytes(n), false);
      file.flush();
    }
    expect(Math.max(...files.map((one) => one.getSize()))).toBeLessThan(7 * LARGE_BYTES);
    expect(files[1].getSize() + files[0].getSize()).toBeGreaterThan(LARGE_BYTES);
    const again = open(files);
    expect(again.keys("")).toEqual(["large", "small/0", "small/1", "small/2"]);
    expect(text(again.read("large"))).toBe(`${LARGE_BYTES}:10`);
    expect(again.read("small/1")).toEqual(bytes(10));
  });

  it("finds what follows a record that is damaged", () => {
    const files = twoFiles();
    const file = open(files);
    for (const key of ["a", "b", "c"]) file.write(key, new Uint8Array(100_000).fill(key.charCodeAt(0)), false);
    file.flush();
    files[0].write(bytes(1, 2, 3), { at: 150_000 });
    const again = open(files);
    expect(again.keys("")).toEqual(["a", "c"]);
    expect(text(again.read("c"))).toBe("100000:99");
  });

  it("takes no record for its own that lies in a value, or was there before the file was written anew", () => {
    const files = twoFiles();
    const file = open(files);
    file.write("a", bytes(1, 2, 3), false);
    file.flush();
    const record = new Uint8Array(files[0].getSize() - HEADER_BYTES);
    files[0].read(record, { at: HEADER_BYTES });
    file.delete("a");
    file.write("b", record, false);
    file.flush();
    // What follows is looked for, as the record of "b" is torn.
    files[0].write(bytes(0), { at: HEADER_BYTES + record.length });
    expect(open(files).keys("")).toEqual([]);
    const anew = open(files);
    for (const n of [1, 2, 3]) {
      anew.write("large", new Uint8Array(WASTE_BYTES).fill(n), false);
      anew.flush();
    }
    expect(files[0].getSize()).toBe(0);
    const [, current] = files;
    current.write(record, { at: HEADER_BYTES });
    expect(open(files).keys("")).toEqual([]);
  });

  it("makes room where the host has none, once something counts no more", () => {
    const files = twoFiles();
    const quota = 5_000_000;
    for (const file of files) {
      file.before = (_, grows) => {
        if (files[0].getSize() + files[1].getSize() + grows > quota) throw new Error("full");
      };
    }
    const file = open(files);
    file.write("a", new Uint8Array(2_000_000), false);
    file.write("b", new Uint8Array(1_000_000), false);
    file.flush();
    expect(() => file.write("c", new Uint8Array(2_500_000), false)).toThrow("full");
    expect(file.read("c")).toBeUndefined();
    file.delete("a");
    file.write("c", new Uint8Array(2_500_000).fill(3), false);
    file.flush();
    expect(file.keys("")).toEqual(["b", "c"]);
    expect(text(open(files).read("c"))).toBe("2500000:3");
  });

  it("takes nothing more once a flush has failed, until it is opened again", () => {
    const files = twoFiles();
    const file = open(files);
    file.write("a", bytes(1), false);
    files[0].before = (call) => {
      if (call === "flush") throw new Error("the disk");
    };
    expect(() => file.flush()).toThrow("the disk");
    expect(file.isBroken).toBe(true);
    files[0].before = () => {};
    expect(open(files).isBroken).toBe(false);
  });

  it("takes nothing more where it is not known which of two files counts", () => {
    const files = twoFiles();
    const file = open(files);
    file.write("a", new Uint8Array(WASTE_BYTES), false);
    file.write("a", new Uint8Array(WASTE_BYTES + 1), false);
    let flushes = 0;
    files[1].before = (call) => {
      if (call === "flush" && ++flushes === 2) throw new Error("the disk");
    };
    file.write("a", bytes(1), false);
    expect(() => file.flush()).toThrow("the disk");
    expect(file.isBroken).toBe(true);
    expect(text(open(files).read("a"))).toBe("1:1");
  });

  it("refuses files of a later version, and files of somebody else", () => {
    const files = twoFiles();
    open(files).write("a", bytes(1), false);
    const header = new Uint8Array(HEADER_BYTES);
    files[0].read(header, { at: 0 });
    new DataView(header.buffer).setUint32(8, 2, true);
    const crc = crc32c(header.subarray(16), crc32c(header.subarray(0, 12)));
    new DataView(header.buffer).setUint32(12, crc, true);
    files[0].write(header, { at: 0 });
    expect(() => open(files)).toThrow(expect.objectContaining({ code: "format-too-new" }));
    files[0].write(bytes(0), { at: 0 });
    expect(() => open(files)).toThrow(expect.objectContaining({ code: "checkpoint-damaged" }));
  });
});
