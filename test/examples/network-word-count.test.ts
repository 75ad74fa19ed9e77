import { type ChildProcess, spawn } from "node:child_process";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";

const PROGRAM = "build/programs/examples/network-word-count.js";
const RULE = "-".repeat(43);

const programs: ChildProcess[] = [];
const servers: Server[] = [];
const clients: Socket[] = [];

afterEach(() => {
  for (const program of programs.splice(0)) program.kill("SIGKILL");
  for (const client of clients.splice(0)) client.destroy();
  for (const server of servers.splice(0)) server.close();
});

interface Running {
  readonly program: ChildProcess;
  /** Resolves with all standard output once it matches. */
  printed(pattern: RegExp): Promise<string>;
  readonly ended: Promise<number | null>;
  errors(): string;
}

function run(...args: string[]): Running {
  const program = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  programs.push(program);
  let text = "";
  let errors = "";
  program.stdout.on("data", (chunk) => {
    text += chunk;
  });
  program.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<number | null>((resolve) => program.on("exit", resolve));
  const printed = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => pattern.test(text) && resolve(text);
      program.stdout.on("data", look);
      program.on("exit", (code) => reject(new Error(`ended with ${code}:\n${text}\n${errors}`)));
      look();
    });
  return { program, printed, ended, errors: () => errors };
}

describe("the network word count", () => {
  it("counts what a server sends, and ends with 0 on SIGINT", async () => {
    const server = createServer((client) => {
      clients.push(client);
      client.on("error", () => {});
      client.write("to be or\r\nnot to be\n");
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { program, printed, ended, errors } = run("127.0.0.1", String((server.address() as AddressInfo).port));
    const text = await printed(/\(be,2\)[\s\S]*\n\n/);
    program.kill("SIGINT");
    expect(await ended).toBe(0);
    const batch = text.split(`${RULE}\nTime: `).find((part) => part.includes("(to,2)"))!;
    expect(batch).toMatch(new RegExp(`^\\d+ ms\\n${RULE}\\n`));
    const rows = batch.split("\n").filter((line) => line.startsWith("("));
    expect(new Set(rows)).toEqual(new Set(["(to,2)", "(be,2)", "(or,1)", "(not,1)"]));
    expect(errors().trim().split("\n")).toEqual([
      "stage 0: socketTextStream -> flatMap -> map -> reduceByKey (combine) [kernel]",
      "stage 1: reduceByKey (merge) [kernel]",
    ]);
  });

  it("plays a book to itself where no server is named", async () => {
    const { program, printed, ended } = run();
    await printed(/\(CHAPTER,\d+\)/);
    program.kill("SIGINT");
    expect(await ended).toBe(0);
  });
});
