import { copyFile, readFile } from "node:fs/promises";
import { resolve } from "node:path";
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

/** What is loaded when, in layers: whoever loads a module of a layer has loaded the modules before it. Workers have a layer of their own. */
const CORE = "src/index.ts";
const RUNNING = "src/engine/running.ts";
const LAYERS = new Map([
  ...[
    "src/checkpoint/stores/index.ts",
    "src/sources/receivers/index.ts",
    "src/forms/index.ts",
    "src/testing/index.ts",
    RUNNING,
  ].map((module) => [module, CORE] as const),
  ...[
    "src/checkpoint/checkpointing.ts",
    "src/lowering/lowering.ts",
    "src/operators/mapping-in-kernel.ts",
    "src/outputs/arrow.ts",
    "src/outputs/writing-files.ts",
    "src/plan/lineage.ts",
    "src/program-graph.ts",
    "src/receiver/arrow-frames.ts",
    "src/receiver/laying-out.ts",
    "src/schema/read-line.ts",
    "src/sources/arrow-stream.ts",
    "src/sources/reading-files.ts",
    "src/sources/receiving.ts",
  ].map((module) => [module, RUNNING] as const),
]);
const LAYER = "_layerBefore";

/**
 * The bundler makes a file of all modules that the same entries need: dozens of them, each of which costs a host as much time as all that is in it. Told
 * that every module needs the layer before it, it makes one of each layer.
 */
const layers: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "layers",
  setup({ onLoad }) {
    const known = new Map([...LAYERS].map(([module, before]) => [resolve(module), resolve(before)]));
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const before = known.get(path);
      if (before === undefined) return undefined;
      const source = await readFile(path, "utf8");
      return { contents: `${source}\nexport * as ${LAYER} from ${JSON.stringify(before)};\n`, loader: "ts" };
    });
  },
};

/** What told the bundler of layers is used by nobody, and other bundlers would keep all of a layer for it. */
const withoutLayers: NonNullable<Options["plugins"]>[number] = {
  name: "without-layers",
  renderChunk(code) {
    // The bundler's names for all that CORE and RUNNING export.
    const names = "(?:src|running)_exports";
    const left = code
      .replace(new RegExp(`^var ${names} = \\{\\};\\n__export\\(${names}, \\{[^}]*\\}\\);\\n`, "gm"), "")
      .replace(new RegExp(`^  ${names}(?: as ${LAYER})?,?\\n`, "gm"), "")
      .replace(/^import \{\s*\} from "\.\/[^"]+";\n/gm, "");
    if (new RegExp(`${LAYER}|\\b${names}\\b`).test(left)) throw new Error("The bundler writes layers in another way.");
    return { code: left };
  },
};

/** The kernel as files: for workerd, which compiles what is imported, and for programs that load it themselves. */
const KERNEL_FILES = { unshared: "kernel.wasm", scalar: "kernel-scalar.wasm" };
const kernelFiles: NonNullable<Options["plugins"]>[number] = {
  name: "kernel-files",
  async buildEnd() {
    for (const [artefact, file] of Object.entries(KERNEL_FILES)) {
      await copyFile(`build/kernel/${artefact}.wasm`, `dist/${file}`);
    }
  },
};

/** What only workerd can import stays an import, of a file beside the importing one. */
const kernelImport: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "kernel-import",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^#kernel\/\w+\.wasm$/ }, ({ path }) => {
      const artefact = path.slice("#kernel/".length, -".wasm".length) as keyof typeof KERNEL_FILES;
      return { path: `./${KERNEL_FILES[artefact]}`, external: true };
    }),
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
      sources: "src/sources/receivers/index.ts",
      stores: "src/checkpoint/stores/index.ts",
      testing: "src/testing/index.ts",
      worker: "src/runtime/worker.ts",
      "web-worker": "src/runtime/web-worker.ts",
      workerd: "src/runtime/entries/workerd.ts",
      "workerd-testing": "src/runtime/entries/workerd-testing.ts",
      lowering: "src/lowering/lowering.ts",
    },
    format: "esm",
    target: "es2022",
    platform: "neutral",
    splitting: true,
    clean: true,
    external: ["cloudflare:sockets"],
    esbuildPlugins: [layers, kernelImport],
    plugins: [classNames, noEffects, withoutLayers, kernelFiles],
    dts: {
      entry: {
        index: "src/index.ts",
        kernel: "src/forms/index.ts",
        sources: "src/sources/receivers/index.ts",
        stores: "src/checkpoint/stores/index.ts",
        testing: "src/testing/index.ts",
      },
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
    external: ["millrace", "benchmark", "esbuild", "node-sqlite3-wasm"],
  },
]);
