import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import type { Plant } from "./plants.js";

const FOLDER = "build/plants";
const MINUTES_MAX = 4;

/**
 * What notices a bug, or undefined: the library is built with it, and with the checks, and runs in a process of its own. Without a plant it is the control, in which nothing
 * may be noticed. **Errors:** where the time was over before there was a verdict, which is none.
 */
export async function noticedBy(plant: Plant | undefined, seeds: number): Promise<string | undefined> {
  const outfile = join(FOLDER, `${plant ? plant.name.replaceAll(" ", "-") : "control"}.mjs`);
  await build({
    entryPoints: ["test/simulation/check-plant.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    logLevel: "silent",
    plugins: [libraryWith(plant)],
  });
  return new Promise((done, fail) => {
    const options = { timeout: MINUTES_MAX * 60_000, maxBuffer: 2 ** 26 };
    execFile(process.execPath, [outfile, `${seeds}`], options, (error, stdout, stderr) => {
      const told = stdout.trim().slice(0, 300);
      if (told) done(told);
      else if (error?.killed) fail(new Error(`no verdict after ${MINUTES_MAX} minutes`));
      // Nothing was noticed, or the process was ended by what nobody handled.
      else done(error?.code === 1 && stderr.trim() === "" ? undefined : `the process ended: ${lastLine(stderr)}`);
    });
  });
}

function libraryWith(plant: Plant | undefined): Plugin {
  return {
    name: "planted",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^millrace$/ }, () => ({ path: resolve("src/index.ts") }));
      onResolve({ filter: /^millrace\/testing$/ }, () => ({ path: resolve("src/testing/index.ts") }));
      if (plant === undefined) return;
      const { file, from, to } = plant;
      const path = resolve("src", file);
      onLoad({ filter: /\.ts$/ }, async (each) => {
        if (each.path !== path) return undefined;
        const source = await readFile(path, "utf8");
        if (source.split(from).length !== 2) throw new Error(`${file} must have this once: ${from}`);
        return { contents: source.replace(from, () => to), loader: "ts" };
      });
    },
  };
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
