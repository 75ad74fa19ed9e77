// What runs the programs of test/web in real hosts: a server for pages, and browsers behind one face.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { build } from "esbuild";
import puppeteer from "puppeteer-core";
import { BROWSERS } from "../../../scripts/install-browsers.mjs";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
export const OUT = "build/runtimes/web";

/** Names of the package are those of this one, wherever they are imported. */
export const packageOfThis = {
  name: "package-of-this",
  setup: ({ onResolve, resolve: resolved }) =>
    onResolve({ filter: /^millrace(?:\/|$)/ }, ({ path, kind, pluginData }) =>
      pluginData === "asked" ? undefined : resolved(path, { kind, resolveDir: process.cwd(), pluginData: "asked" }),
    ),
};

/** Bundles programs of test/web for a host, `conditions` of the package's exports first. */
export async function bundle(
  entries,
  { conditions = ["browser"], external = [], outdir = OUT, splitting = true } = {},
) {
  await build({
    entryPoints: entries.map((entry) => `test/web/${entry}.ts`),
    outdir,
    bundle: true,
    format: "esm",
    splitting,
    target: "es2022",
    conditions,
    external,
    alias: { vitest: "./test/web/runner.ts" },
    logLevel: "error",
  });
}

/** Serves `folder`, a page for each of its modules, and what `routes` answer; resolves with the address and with what ends it. */
export async function serve(folder, routes = {}) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (routes[pathname]) return routes[pathname](request, response);
    try {
      const isPage = extname(pathname) === ".html";
      const script = `.${pathname.replace(/\.html$/, ".js")}`;
      const body = isPage
        ? `<!doctype html><meta charset="utf-8"><title>Millrace</title><script type="module" src="${script}"></script>`
        : readFileSync(join(folder, pathname));
      response.writeHead(200, {
        "content-type": TYPES[extname(pathname)] ?? "application/octet-stream",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
        "cache-control": "no-store",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { address: `http://localhost:${server.address().port}`, server, close };
}

/** Ends a browser as a crash would, and waits until it has. */
async function killed(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exited;
}

/** A browser with a profile in a folder, so that what it stores outlasts it. */
async function launched(options, profile) {
  const browser = await puppeteer.launch({ ...options, userDataDir: profile, headless: true });
  return {
    /** A page, with `evaluate` and `close`. */
    open: async (url) => {
      const page = await browser.newPage();
      await page.goto(url);
      return page;
    },
    close: () => browser.close(),
    /** Ends the browser as a crash would. */
    kill: () => killed(browser.process()),
  };
}

/** Browsers by name; each opens with a profile. */
export const browsers = {
  chromium: (profile) =>
    launched({ browser: "chrome", executablePath: BROWSERS.chromium, args: ["--no-sandbox"] }, profile),
  firefox: (profile) => launched({ browser: "firefox", executablePath: BROWSERS.firefox }, profile),
};

/** Calls `run` with a folder for a profile, which is removed afterwards. */
export async function withProfile(run) {
  const profile = mkdtempSync(join(tmpdir(), "millrace-browser-"));
  try {
    return await run(profile);
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
