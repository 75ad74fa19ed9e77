// Line servers on the loopback interface, for examples: what `nc -lk PORT` is for a person.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A port of the loopback interface that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Sends the lines to each client that connects to the port, and keeps the connection open. Does not keep the process alive. */
export function serveLines(port: number, lines: readonly string[]): void {
  const server = createServer((client) => {
    client.on("error", () => {});
    client.unref();
    client.write(lines.map((line) => `${line}\n`).join(""));
  });
  server.listen(port, "localhost").unref();
}
