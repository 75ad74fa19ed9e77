// The conformance set in a Worker, and in a Durable Object of it.
import { PROGRAMS } from "programs";
import { conformance } from "./cases.js";

async function answer(): Promise<Response> {
  const lines: string[] = [];
  for await (const line of conformance(PROGRAMS)) lines.push(line);
  return new Response(lines.join("\n"));
}

/** The object. */
export class Conforming {
  fetch(): Promise<Response> {
    return answer();
  }
}

interface Environment {
  readonly OBJECTS?: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

export default {
  fetch(request: Request, { OBJECTS }: Environment): Promise<Response> {
    return new URL(request.url).pathname === "/object"
      ? OBJECTS!.get(OBJECTS!.idFromName("one")).fetch(request)
      : answer();
  },
};
