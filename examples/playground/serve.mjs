// Serves a folder of files on the loopback, with the headers that let a page share memory with its workers.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".cjs": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-cache",
};

/** The server and its address, once it listens. Port 0: one that is free. */
export function serve(folder, port = 0) {
  const server = createServer(({ url }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, "http://localhost").pathname));
    const file = join(folder, path.endsWith("/") ? join(path, "index.html") : path);
    const isThere = statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
    response.writeHead(isThere ? 200 : 404, { ...ISOLATED, "content-type": TYPES[extname(file)] ?? "text/plain" });
    if (isThere) createReadStream(file).pipe(response);
    else response.end("There is no such file.");
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () => resolve({ server, address: `http://127.0.0.1:${server.address().port}/` }));
  });
}
