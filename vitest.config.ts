import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/long/**"],
    testTimeout: 60_000,
    // What is built runs as it is, without the runner's rewriting: workers import the same files, and compare the sources of functions.
    server: { deps: { external: [/\/dist\//, /\/build\/programs\//] } },
  },
});
