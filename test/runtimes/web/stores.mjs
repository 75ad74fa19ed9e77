// The contract of stores in real browsers: in a page and in a dedicated worker.
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
