// What npm run playground and its tests share: everything installed and built.
import { existsSync } from "node:fs";
import { buildIfStale, installOnce, step } from "./install.mjs";

const STDIO = ["ignore", 2, 2];

/** Installs and builds what is missing or old, then the page; its folder. */
export async function buildPlayground() {
  installOnce(STDIO);
  buildIfStale(STDIO);
  if (!existsSync("examples/playground/node_modules/esbuild/package.json")) {
    step("npm install --prefix examples/playground --no-save --no-audit --no-fund", STDIO);
  }
  const { buildPage, OUT } = await import("../examples/playground/build.mjs");
  await buildPage();
  return OUT;
}
