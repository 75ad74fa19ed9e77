// What drives real browsers needs them: Chromium and Firefox of the system, installed with apt-get (as root) where they are absent.
import { existsSync } from "node:fs";
import { step } from "./install.mjs";

/** Where the browsers are; the packages of Debian and Ubuntu put them there. */
export const BROWSERS = { chromium: "/usr/bin/chromium", firefox: "/usr/bin/firefox-esr" };

const PACKAGES = { chromium: "chromium", firefox: "firefox-esr" };

/** Installs the browsers that are absent; ends the process, saying which, where that fails. */
export function installBrowsers(stdio = "inherit") {
  const absent = Object.keys(BROWSERS).filter((name) => !existsSync(BROWSERS[name]));
  if (absent.length > 0) {
    const packages = absent.map((name) => PACKAGES[name]).join(" ");
    step(
      `apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends ${packages}`,
      stdio,
    );
  }
  const missing = absent.filter((name) => !existsSync(BROWSERS[name]));
  if (missing.length === 0) return;
  console.error(`Tests in browsers need ${missing.map((name) => BROWSERS[name]).join(" and ")}: install them.`);
  process.exit(1);
}
