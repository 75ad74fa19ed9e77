// The example at the edge in workerd: counts go on after restarts, and what a request costs.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { OUT, packageOfThis } from "./hosts.mjs";

const OUTDIR = `${OUT}/edge`;
const WINDOW_REQUESTS = 100;
const RESTARTS = 3;
const REQUESTS_A_LIFE = 60;
const WARM_REQUESTS = 300;

async function bundleExample() {
  await build({
    entryPoints: ["examples/edge/request-counter.ts"],
    outdir: OUTDIR,
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd"],
    external: ["cloudflare:*"],
    // A module that workerd compiles stays a file of its own.
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    plugins: [packageOfThis],
    logLevel: "error",
  });
}

function started(folder) {
  return new Miniflare({
    modules: true,
    modulesRoot: OUTDIR,
    modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
    scriptPath: `${OUTDIR}/request-counter.js`,
    compatibilityDate: "2026-04-01",
    durableObjects: { COUNTERS: { className: "RequestCounter", useSQLite: true } },
    durableObjectsPersist: folder,
  });
}

async function count(miniflare, path) {
  const answer = await miniflare.dispatchFetch(`http://localhost/count${path}`, { method: "POST" });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return JSON.parse(text);
}

/** What is wrong, and the time of a request, in ms, as its client sees it. */
export async function runEdge() {
  await bundleExample();
  const folder = mkdtempSync(join(tmpdir(), "millrace-edge-"));
  const paths = [];
  try {
    for (let life = 0; life <= RESTARTS; life++) {
      const miniflare = started(folder);
      try {
        for (let n = 0; n < REQUESTS_A_LIFE; n++) {
          paths.push(`/${"abc"[paths.length % 3]}${paths.length % 7}`);
          const counts = await count(miniflare, paths.at(-1));
          const wanted = {};
          for (const path of paths.slice(-WINDOW_REQUESTS)) wanted[path] = (wanted[path] ?? 0) + 1;
          const isSame =
            Object.keys(wanted).length === Object.keys(counts).length &&
            Object.keys(wanted).every((path) => wanted[path] === counts[path]);
          if (!isSame)
            return {
              fault: `request ${paths.length}, life ${life + 1}: ${JSON.stringify(counts)}, not ${JSON.stringify(wanted)}`,
            };
        }
        if (life === RESTARTS) return { requests: paths.length, requestMs: await timed(miniflare) };
      } finally {
        await miniflare.dispose();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The median. */
async function timed(miniflare) {
  const times = [];
  for (let n = 0; n < WARM_REQUESTS; n++) {
    const begun = performance.now();
    await count(miniflare, "/a");
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[WARM_REQUESTS >> 1];
}
