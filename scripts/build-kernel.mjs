// Compiles assembly/ to the artefacts named in asconfig.json and writes modules of build/kernel/ that carry them as base64 (the package has then no file to
// find at run time, whatever bundles it), and constants.ts, the constants of assembly/abi.ts as read from the binary.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { main as asc } from "assemblyscript/asc";

const targets = Object.keys(JSON.parse(readFileSync("asconfig.json", "utf8")).targets);
mkdirSync("build/kernel", { recursive: true });
for (const target of targets) {
  const { error, stderr } = await asc(["assembly/index.ts", "--config", "asconfig.json", "--target", target]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
}

const binary = (target) => readFileSync(`build/kernel/${target}.wasm`);
const memory = new WebAssembly.Memory({ initial: 2 });
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary("unshared")), { env: { memory } });
const abi = Object.entries(exports).filter(([, value]) => value instanceof WebAssembly.Global);
const constants = abi.map(([name, global]) => `  ${name} = ${global.value},\n`).join("");

const abiTypes = abi.map(([name]) => `  readonly ${name}: number;\n`).join("");
// Bundlers write the members of an enum where they are used; the compiler is told that they are numbers.
writeFileSync("build/kernel/constants.ts", `export enum abi {\n${constants}}\n`);
writeFileSync(
  "build/kernel/abi.d.ts",
  `/** The constants of assembly/abi.ts. */\nexport declare const abi: {\n${abiTypes}};\n`,
);

// Each a module of its own, so that a program loads the one that its host can run. The shared one is made of the unshared one.
for (const target of ["unshared", "scalar", "debug"]) {
  writeFileSync(`build/kernel/${target}.js`, `export const base64 = "${binary(target).toString("base64")}";\n`);
  writeFileSync(`build/kernel/${target}.d.ts`, "/** The module in base64. */\nexport declare const base64: string;\n");
}
