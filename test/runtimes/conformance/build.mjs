// Bundles the conformance set for hosts: the programs alone for those that load the package as it is, all in one for workerd.
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";
import { runHere } from "./processes.mjs";

const FROM = "test/runtimes/conformance";
export const OUT = "build/runtimes/conformance";
const PROGRAMS = resolve(OUT, "programs.js");

// What tests of Node read has no place in pages.
const define = { "process.env.MILLRACE_SEED": "undefined" };
const common = {
  define,
  bundle: true,
  format: "esm",
  target: "es2022",
  logLevel: "error",
  alias: { programs: PROGRAMS },
};

/** The package's modules as they are, under the address of its folder. */
const packageAt = (dist) => ({
  name: "package-at",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^millrace(?:\/|$)/ }, ({ path }) => ({
      path: `${dist}/${path === "millrace" ? "index" : path.slice("millrace/".length)}.js`,
      external: true,
    })),
});

/** The package, by its own exports. */
const packageIn = {
  name: "package-in",
  setup: ({ onResolve, resolve: resolved }) =>
    onResolve({ filter: /^millrace(?:\/|$)/ }, ({ path, kind, pluginData }) =>
      pluginData === "asked" ? undefined : resolved(path, { kind, resolveDir: process.cwd(), pluginData: "asked" }),
    ),
};

export async function buildConformance() {
  mkdirSync(OUT, { recursive: true });
  const generator = `${OUT}/generate.mjs`;
  await build({
    ...common,
    entryPoints: [`${FROM}/generate.ts`],
    outfile: generator,
    platform: "node",
    external: ["millrace"],
  });
  await runHere([process.execPath, generator, PROGRAMS]);
  const entry = (name) => `${FROM}/${name}.ts`;
  await build({
    ...common,
    entryPoints: [entry("command")],
    outdir: `${OUT}/command`,
    plugins: [packageAt(resolve("dist"))],
  });
  await build({
    ...common,
    entryPoints: [entry("page"), entry("worker")],
    outdir: `${OUT}/page`,
    plugins: [packageAt("/dist")],
  });
  await build({
    ...common,
    entryPoints: [entry("workerd")],
    outdir: `${OUT}/workerd`,
    conditions: ["workerd"],
    external: ["cloudflare:*"],
    // A module that workerd compiles stays a file of its own.
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    plugins: [packageIn],
  });
}
