import { configDefaults, defineConfig } from "vitest/config";
import short from "./vitest.config.js";

const { projects: _, ...common } = short.test!;
const HOUR_MS = 60 * 60_000;

/** The long forms of tests: `npm run test:long`, one after the other. Each prints one line with its figure. */
export default defineConfig({
  test: {
    ...common,
    include: ["test/long/**/*.test.ts"],
    exclude: configDefaults.exclude,
    testTimeout: HOUR_MS,
    fileParallelism: false,
    // A line is told when it is known, not when the test ends.
    disableConsoleIntercept: true,
  },
});
