// npm run test:playground: drives the page in Chromium and Firefox, which are installed where they are absent.
import { buildPlayground } from "./build-playground.mjs";
import { step } from "./install.mjs";
import { installBrowsers } from "./install-browsers.mjs";

await buildPlayground();
installBrowsers();
step("npx tsc -p examples/playground", "inherit");
step("npx vitest run --root examples/playground", "inherit");
