// The conformance set in a dedicated worker of a page.
import { PROGRAMS } from "programs";
import { conformance } from "./cases.js";

const lines: string[] = [];
try {
  for await (const line of conformance(PROGRAMS)) lines.push(line);
} catch (error) {
  lines.push(`failed ${error instanceof Error ? error.stack : String(error)}`);
}
postMessage(lines);
