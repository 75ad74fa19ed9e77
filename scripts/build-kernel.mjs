// Compiles assembly/ to the artefacts named in asconfig.json and writes build/kernel/artefacts.js, which carries them as base64 (the
// package has then no file to find at run time, whatever bundles it) with the constants of assembly/abi.ts, read from the binary.
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
const constants = abi.map(([name, global]) => `  ${name}: ${global.value},\n`).join("");

function write(file, names, source, types) {
  const values = names.map((name) => `export const ${name} = "${binary(name).toString("base64")}";\n`).join("");
  const declarations = names
    .map((name) => `/** The module in base64. */\nexport declare const ${name}: string;\n`)
    .join("");
  writeFileSync(`build/kernel/${file}.js`, values + source);
  writeFileSync(`build/kernel/${file}.d.ts`, declarations + types);
}

const abiTypes = abi.map(([name]) => `  readonly ${name}: number;\n`).join("");
write(
  "artefacts",
  ["unshared", "shared"],
  `export const abi = {\n${constants}};\n`,
  `/** The constants of assembly/abi.ts. */\nexport declare const abi: {\n${abiTypes}};\n`,
);
// What the package loads only where it is needed, and what only tests use.
for (const name of ["scalar", "debug"]) write(name, [name], "", "");
