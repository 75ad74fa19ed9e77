// npm run test:hosts [-- host ...]: the conformance set in every host, or in those whose names begin so. Hosts are installed where they are absent.
import { buildIfStale, installOnce, step } from "./install.mjs";
import { installBrowsers } from "./install-browsers.mjs";

installOnce("inherit");
buildIfStale("inherit");
installBrowsers();
step("npm ci --prefix test/runtimes --no-audit --no-fund", "inherit");
const args = process.argv.slice(2).map((argument) => JSON.stringify(argument));
step(["node test/runtimes/run.mjs", ...args].join(" "), "inherit");
