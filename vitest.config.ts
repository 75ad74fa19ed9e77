import { configDefaults, defineConfig } from "vitest/config";

/** Real processes, and loads that are as large as the machine bears: nothing else runs beside them. */
const ALONE = ["test/overload/**/*.test.ts", "test/processes/**/*.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    // What is built runs as it is, without the runner's rewriting: workers import the same files, and compare the sources of functions.
    server: { deps: { external: [/\/dist\//, /\/build\/programs\//] } },
    projects: [
      {
        extends: true,
        test: {
          name: "all",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, "test/long/**", ...ALONE],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: "alone", include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
