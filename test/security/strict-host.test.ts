import { execFile } from "node:child_process";
import { describe, expect, test } from "vitest";

/** No code is made from strings, and nobody reaches a prototype by `__proto__`. */
const STRICT = ["--disallow-code-generation-from-strings", "--disable-proto=throw"];
const PROGRAMS = [
  ...["transformations", "update-state-by-key", "map-with-state", "json", "csv", "arrow"],
  ...["sketches", "forms", "stream-stream-joins", "custom-receivers", "output-operations", "program"],
];

/** What a run of Node writes; rejects where it fails. */
function run(...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, output, errors) => (error ? reject(new Error(errors)) : resolve(output)));
  });
}

describe("a host that is strict", () => {
  test("is one", async () => {
    await expect(run(...STRICT, "-e", 'new Function("return 1")')).rejects.toThrow("Code generation from strings");
    await expect(run(...STRICT, "-e", "({}).__proto__")).rejects.toThrow("ERR_PROTO_ACCESS");
  });

  test.each(PROGRAMS)("runs the guide's %s as any other host does", async (name) => {
    const program = `build/programs/examples/guide/${name}.js`;
    expect(await run(...STRICT, program)).toBe(await run(program));
  });
});
