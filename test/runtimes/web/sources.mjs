// Sources of the web in real browsers, with a real server on the other side.
import { WebSocketServer } from "ws";
import { browsers, bundle, OUT, serve, withProfile } from "./hosts.mjs";

const LINES = 1000;
/** A connection of events ends after so many. */
const EVENTS_AT_ONCE = 300;
const line = (n) => `line ${n}`;

/** Events behind the one that was read last; then the connection ends. */
function events(request, response) {
  const from = Number(request.headers["last-event-id"] ?? -1) + 1;
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("retry: 1\n\n");
  for (let n = from; n < Math.min(LINES, from + EVENTS_AT_ONCE); n++) response.write(`id: ${n}\ndata: ${line(n)}\n\n`);
  // What there is has been read: nothing more comes.
  if (from < LINES) response.end();
}

function sendLines(socket) {
  socket.on("message", () => {
    for (let n = 0; n < LINES; n++) socket.send(line(n));
  });
}

/** What each browser came to: `{ host, outcomes }`. */
export async function runSources(names = Object.keys(browsers)) {
  await bundle(["sources-page"]);
  const text = Array.from({ length: LINES }, (_, n) => line(n)).join("\n");
  const server = await serve(OUT, { "/events": events, "/lines": (_request, response) => response.end(text) });
  const sockets = new WebSocketServer({ server: server.server, path: "/socket" });
  sockets.on("connection", sendLines);
  const results = [];
  try {
    for (const name of names) {
      await withProfile(async (profile) => {
        const browser = await browsers[name](profile);
        try {
          const page = await browser.open(`${server.address}/sources-page.html`);
          results.push({ host: `${name}, page`, outcomes: await page.evaluate(() => globalThis.runHere()) });
        } finally {
          await browser.close();
        }
      });
    }
  } finally {
    sockets.close();
    await server.close();
  }
  return results;
}
