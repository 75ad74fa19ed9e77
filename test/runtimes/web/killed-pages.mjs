// A page whose tab is closed at any moment, and whose browser is killed: the next one goes on exactly, with all that was acknowledged.
import { browsers, bundle, OUT, serve, withProfile } from "./hosts.mjs";

const POLL_MS = 20;
const TIMEOUT_MS = 30_000;
/** Of what is acknowledged before a page ends at the earliest. */
const NUMBERS_MIN = 200;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Numbers in [0, 1), from a seed. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

/** What is wrong with what a page told; `before`: the highest number that was acknowledged before. */
function faultOf(told, before) {
  const { error } = told.find((entry) => entry.error) ?? {};
  if (error) return error;
  const totals = told.flatMap(({ total }) => (total ? [total] : []));
  for (const { count, sum, highest } of totals) {
    if (count !== highest || sum !== (highest * (highest + 1)) / 2)
      return `counted ${count} numbers of 1 to ${highest}, of sum ${sum}`;
  }
  const first = told.find(({ isNew }) => isNew)?.total.highest ?? before;
  if (first < before) return `went on behind ${first}, and ${before} was acknowledged`;
  return undefined;
}

/** Opens the page, lets it go on until it has acknowledged some more, and resolves with what it told when it was ended by `end`. */
async function live(browser, url, random, end) {
  const page = await browser.open(url);
  const until = Date.now() + TIMEOUT_MS;
  let told = [];
  let wanted;
  for (;;) {
    told = await page.evaluate(() => globalThis.told);
    const acknowledged = told.flatMap(({ acknowledged: highest }) => (highest ? [highest] : []));
    wanted ??= acknowledged.length > 0 ? acknowledged[0] + NUMBERS_MIN : undefined;
    const isFar = wanted !== undefined && acknowledged.at(-1) >= wanted;
    if (told.some(({ error }) => error) || isFar) break;
    if (Date.now() > until)
      return { told: [...told, { error: `nothing more within ${TIMEOUT_MS} ms` }], acknowledged: 0 };
    await pause(POLL_MS);
  }
  await pause(random() * 100);
  told = await page.evaluate(() => globalThis.told);
  await end(page);
  return { told, acknowledged: Math.max(0, ...told.map(({ acknowledged = 0 }) => acknowledged)) };
}

/** Ends pages of one browser again and again. `kills`: how often the whole browser is killed; resolves with what is wrong, and how far the job came. */
async function rounds(name, store, { closes, kills, seed }) {
  const random = seeded(seed);
  const server = await serve(OUT);
  const url = `${server.address}/job-page.html?store=${store}`;
  let before = 0;
  let count = 0;
  try {
    return await withProfile(async (profile) => {
      for (let killed = 0; killed <= kills; killed++) {
        const browser = await browsers[name](profile);
        try {
          for (let closed = 0; closed < closes; closed++) {
            const isKill = killed < kills && closed === closes - 1;
            const end = (page) => (isKill ? browser.kill() : page.close());
            const { told, acknowledged } = await live(browser, url, random, end);
            const fault = faultOf(told, before);
            if (fault) return { fault: `${fault} (round ${count + 1})`, rounds: count, numbers: before };
            before = acknowledged;
            count++;
          }
        } finally {
          await browser.close().catch(() => {});
        }
      }
      return { rounds: count, numbers: before };
    });
  } finally {
    await server.close();
  }
}

/** What each browser and store came to. */
export async function runKilledPages({ closes = 5, kills = 2, seed = 1, names = Object.keys(browsers) } = {}) {
  await bundle(["job-page", "job-worker"]);
  const results = [];
  for (const name of names) {
    for (const store of ["opfs", "indexed-db"])
      results.push({ host: `${name}, ${store}`, ...(await rounds(name, store, { closes, kills, seed })) });
  }
  return results;
}
