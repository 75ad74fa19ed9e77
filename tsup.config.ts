import { defineConfig, type Options } from "tsup";

/**
 * The bundler writes `var Time = class _Time` for a class that mentions itself, and such a name shows where a program prints an instance. Its own way to
 * keep names (`keepNames`) names every closure again each time it is made: a sixth of the time of a tiny batch.
 */
const classNames: NonNullable<Options["plugins"]>[number] = {
  name: "class-names",
  renderChunk(code) {
    const renamed = [...code.matchAll(/\bvar (\w+) = class (_\1\d*)\b/g)];
    return {
      code: renamed.reduce((text, [, name, inner]) => text.replaceAll(new RegExp(`\\b${inner}\\b`, "g"), name!), code),
    };
  },
};

/** The bundler's imports of chunks for their effects alone: there are none, as package.json says, and other bundlers warn of such imports. */
const noEffects: NonNullable<Options["plugins"]>[number] = {
  name: "no-effects",
  renderChunk: (code) => ({ code: code.replace(/^import "\.\/[^"]+";\n/gm, "") }),
};

/** The command is part of the package: it takes the library from the file beside it. */
const ownPackage: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "own-package",
  setup: ({ onResolve }) => onResolve({ filter: /^millrace$/ }, () => ({ path: "./index.js", external: true })),
};

export default defineConfig([
  {
    entry: {
      index: "src/index.ts",
      kernel: "src/forms/index.ts",
      testing: "src/testing/index.ts",
      worker: "src/runtime/worker.ts",
      lowering: "src/lowering/lowering.ts",
    },
    format: "esm",
    target: "es2022",
    platform: "neutral",
    splitting: true,
    clean: true,
    plugins: [classNames, noEffects],
    dts: {
      entry: { index: "src/index.ts", kernel: "src/forms/index.ts", testing: "src/testing/index.ts" },
      banner: '/// <reference lib="esnext.disposable" />',
    },
  },
  {
    // The lambda parser once more, for hosts that can load it at once.
    entry: { parser: "node_modules/acorn/dist/acorn.js" },
    format: "cjs",
    target: "es2022",
    minify: true,
    outExtension: () => ({ js: ".cjs" }),
  },
  {
    // Apart from the library: who imports that loads no questions.
    entry: { cli: "bench/cli.ts" },
    format: "esm",
    target: "es2022",
    platform: "node",
    // Deno knows its built-in modules by their whole names.
    removeNodeProtocol: false,
    esbuildPlugins: [ownPackage],
  },
  {
    entry: [
      "examples/*.ts",
      "examples/guide/*.ts",
      "bench/run.ts",
      "bench/*.bench.ts",
      "bench/children/*.ts",
      "test/model/run.ts",
      "test/programs/*.ts",
      "test/fuzz/run.ts",
      "test/fuzz/run-kernel.ts",
      "test/fuzz/run-streams.ts",
    ],
    outDir: "build/programs",
    clean: true,
    format: "esm",
    target: "es2022",
    platform: "node",
    splitting: false,
    external: ["millrace", "benchmark", "esbuild"],
  },
]);
