// Packs the package, installs the tarball in an empty folder, type-checks the network word count and a batch table there and runs both, the first against a TCP
// server; then runs the package's own command.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROGRAM = `
import { StreamingContext, Seconds } from "millrace";

const ssc = new StreamingContext({ master: "local[2]", appName: "NetworkWordCount", batchInterval: Seconds(1) });
const lines = ssc.socketTextStream("localhost", 9999);
const words = lines.flatMap((line) => line.split(" "));
const pairs = words.map((word) => [word, 1]);
const wordCounts = pairs.reduceByKey((x, y) => x + y);
wordCounts.print();

ssc.start();
await ssc.awaitTermination();
`;
const TEST = `
import { testOperation } from "millrace/testing";

await testOperation([["a b"], []], (lines) => lines.flatMap((line) => line.split(" ")), [["a", "b"], []]);
`;
const RULE = "-------------------------------------------";
const ROWS_WANTED = ["(to,2)", "(be,2)", "(or,1)", "(not,1)"];
const TIMEOUT_MS = 30_000;

function run(command, args, cwd) {
  const { status, stdout } = spawnSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}`);
  return stdout;
}

/** Asks the command for a bench of little data. */
function runBench(folder) {
  const bench = ["--no-install", "millrace", "bench", "word-count", "--json", "--small"];
  const { environment, benches } = JSON.parse(run("npx", bench, folder));
  const [{ name, rows }] = benches;
  const checksums = new Set(rows.map(({ checksum }) => checksum));
  if (name !== "word-count" || rows.length !== 2 || checksums.size !== 1 || !environment.runtime.startsWith("Node ")) {
    throw new Error(`millrace bench answers something else:\n${JSON.stringify({ environment, benches })}`);
  }
}

/** Runs the program until a batch has the rows that were sent; resolves to what it printed. */
async function runProgram(folder) {
  const server = createServer((client) => {
    client.on("error", () => {});
    client.write("to be or\r\nnot to be\n");
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  writeFileSync(join(folder, "program.mjs"), PROGRAM.replace("9999", String(server.address().port)));
  const program = spawn(process.execPath, ["program.mjs"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  try {
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no counts within ${TIMEOUT_MS} ms, but:\n${text}`)), TIMEOUT_MS);
      const settle = (action) => (value) => {
        clearTimeout(timer);
        action(value);
      };
      program.on("exit", (code) => settle(reject)(new Error(`the program ended with ${code}:\n${text}`)));
      program.stdout.on("data", (chunk) => {
        text += chunk;
        if (text.includes("(to,2)") && text.endsWith("\n\n")) settle(resolve)();
      });
    });
    return text;
  } finally {
    program.removeAllListeners("exit");
    program.kill("SIGKILL");
    server.close();
  }
}

const folder = mkdtempSync(join(tmpdir(), "millrace-package-"));
try {
  run("npm", ["pack", "--silent", "--pack-destination", folder], process.cwd());
  const tarball = readdirSync(folder).find((file) => file.endsWith(".tgz"));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", `./${tarball}`], folder);
  // As a program that knows nothing of this repository's settings sees the types.
  writeFileSync(join(folder, "typed.mts"), PROGRAM);
  for (const file of ["tested.mts", "tested.mjs"]) writeFileSync(join(folder, file), TEST);
  const tsc = join(process.cwd(), "node_modules/typescript/bin/tsc");
  const settings = ["--strict", "--module", "nodenext", "--target", "es2022", "--noEmit", "--ignoreConfig"];
  run(process.execPath, [tsc, ...settings, "typed.mts", "tested.mts"], folder);
  run(process.execPath, ["tested.mjs"], folder);
  const text = await runProgram(folder);
  const batch = text.split(`${RULE}\nTime: `).find((part) => part.includes("(to,2)"));
  if (!/^\d+ ms\n-{43}\n/.test(batch)) throw new Error(`the batch has another header:\n${text}`);
  for (const row of ROWS_WANTED) if (!batch.includes(`${row}\n`)) throw new Error(`${row} is missing:\n${text}`);
  runBench(folder);
  console.log("package: installed from its tarball, the network word count and the command run");
} catch (error) {
  console.error(`package: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
