// A server for pages: one for each module of a folder, on loopback.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** Serves folders by the beginning of paths, longer ones first; resolves with the address and with what ends it. */
export async function servePages(folders, isIsolated) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const [begin, folder] = Object.entries(folders).find(([each]) => pathname.startsWith(each));
    try {
      const body =
        extname(pathname) === ".html"
          ? `<!doctype html><meta charset="utf-8"><title>Millrace</title><script type="module" src="${pathname.replace(/\.html$/, ".js")}"></script>`
          : readFileSync(join(folder, pathname.slice(begin.length)));
      const type = TYPES[extname(pathname)] ?? "application/octet-stream";
      response
        .writeHead(200, { "content-type": type, "cache-control": "no-store", ...(isIsolated && ISOLATION) })
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { address: `http://localhost:${server.address().port}`, close };
}
