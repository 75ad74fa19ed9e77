// The contract of stores in real hosts: in a page and in a dedicated worker of browsers, in workerd in a Durable Object and in a key-value namespace.
import { Miniflare } from "miniflare";
import { browsers, bundle, OUT, serve, withProfile } from "./hosts.mjs";

/** What each place of each browser came to: `{ host, outcomes }`. */
export async function runInBrowsers(names = Object.keys(browsers)) {
  await bundle(["stores-page", "stores-worker"]);
  const server = await serve(OUT);
  const results = [];
  try {
    for (const name of names) {
      await withProfile(async (profile) => {
        const browser = await browsers[name](profile);
        try {
          const page = await browser.open(`${server.address}/stores-page.html`);
          results.push({ host: `${name}, page`, outcomes: await page.evaluate(() => globalThis.runHere()) });
          results.push({ host: `${name}, worker`, outcomes: await page.evaluate(() => globalThis.runInWorker()) });
        } finally {
          await browser.close();
        }
      });
    }
  } finally {
    await server.close();
  }
  return results;
}

/** The same for workerd. */
export async function runInWorkerd() {
  const outdir = `${OUT}/workerd`;
  await bundle(["stores-worker-object"], {
    conditions: ["workerd"],
    external: ["cloudflare:*", "*.wasm"],
    outdir,
    splitting: false,
  });
  const miniflare = new Miniflare({
    modules: true,
    modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
    scriptPath: `${outdir}/stores-worker-object.js`,
    compatibilityDate: "2026-04-01",
    durableObjects: {
      OBJECTS: { className: "StoreObject", useSQLite: true },
      OLD_OBJECTS: { className: "OldStoreObject", useSQLite: false },
    },
    kvNamespaces: ["NAMESPACE"],
  });
  try {
    const results = [];
    for (const place of ["object", "old-object", "namespace"]) {
      const answer = await miniflare.dispatchFetch(`http://localhost/${place}`);
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      results.push({ host: `workerd, ${place}`, outcomes: JSON.parse(text) });
    }
    return results;
  } finally {
    await miniflare.dispose();
  }
}
