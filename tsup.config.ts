import { defineConfig } from "tsup";

export default defineConfig([
  {
    entry: { index: "src/index.ts", testing: "src/testing/index.ts", worker: "src/runtime/worker.ts" },
    format: "esm",
    target: "es2022",
    platform: "neutral",
    splitting: true,
    clean: true,
    // Classes that mention themselves would be called _Time and so on where a program shows them.
    keepNames: true,
    dts: {
      entry: { index: "src/index.ts", testing: "src/testing/index.ts" },
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
    entry: [
      "examples/*.ts",
      "examples/guide/*.ts",
      "bench/run.ts",
      "bench/*.bench.ts",
      "bench/children/*.ts",
      "test/model/run.ts",
    ],
    outDir: "build/programs",
    clean: true,
    format: "esm",
    target: "es2022",
    platform: "node",
    splitting: false,
    external: ["millrace", "benchmark"],
  },
]);
