// Stores, sources and the example at the edge in real hosts: a line each, and the totals. `node test/runtimes/web/run.mjs`, once the package is built.
import { runEdge } from "./edge.mjs";
import { runKilledPages } from "./killed-pages.mjs";
import { runSources } from "./sources.mjs";
import { runInBrowsers, runInWorkerd } from "./stores.mjs";

let passed = 0;
let failed = 0;

function tell(what, fault, details = "") {
  if (fault === undefined) passed++;
  else failed++;
  console.log(
    `${fault === undefined ? "ok    " : "FAILED"} ${what}${details && `: ${details}`}${fault === undefined ? "" : `\n       ${fault}`}`,
  );
}

async function attempt(what, run) {
  try {
    await run();
  } catch (error) {
    tell(what, String(error?.stack ?? error));
  }
}

function tellOutcomes(what, { host, outcomes }) {
  const faults = outcomes.filter(({ error }) => error !== undefined);
  const first = faults[0] && `${faults[0].name}: ${faults[0].error.slice(0, 1000)}`;
  tell(`${what}, ${host}`, first, `${outcomes.length - faults.length} of ${outcomes.length} cases`);
}

await attempt("stores in browsers", async () => {
  for (const result of await runInBrowsers()) tellOutcomes("stores", result);
});
await attempt("stores in workerd", async () => {
  for (const result of await runInWorkerd()) tellOutcomes("stores", result);
});
await attempt("sources in browsers", async () => {
  for (const result of await runSources()) tellOutcomes("sources", result);
});
await attempt("killed pages", async () => {
  for (const { host, fault, rounds, numbers } of await runKilledPages({ closes: 4, kills: 1 }))
    tell(`killed pages, ${host}`, fault, `${rounds} lives, ${numbers} numbers`);
});
await attempt("the example at the edge, workerd", async () => {
  const { fault, requests, requestMs } = await runEdge();
  const times =
    requestMs &&
    `${requests} requests over 4 lives; ${requestMs.toFixed(2)} ms a request, the way there and back included`;
  tell("the example at the edge, workerd", fault, times);
});
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
