// The conformance set in a page, or in a worker of it where the address ends with "#worker".
import { PROGRAMS } from "programs";
import { conformance } from "./cases.js";

declare global {
  var lines: Promise<readonly string[]>;
}

async function here(): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of conformance(PROGRAMS)) lines.push(line);
  return lines;
}

function inWorker(): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.js", location.href), { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

globalThis.lines = (location.hash === "#worker" ? inWorker() : here()).catch((error: unknown) => [
  `failed ${error instanceof Error ? error.stack : String(error)}`,
]);
