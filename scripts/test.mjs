// npm test: installs, builds, checks types and style, runs every test. Ends with the totals of vitest.
import { installOnce, step } from "./install.mjs";

installOnce("inherit");
for (const command of ["node scripts/build.mjs", "npx tsc --noEmit", "npx biome check .", "npx vitest run"]) {
  step(command, "inherit");
}
