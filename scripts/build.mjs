// npm run build: the kernel, then the package, the examples and the benches.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

/** What is bundled into the package, and where its licence is: that goes with it. */
const BUNDLED = { acorn: "acorn/LICENSE", "@assemblyscript/loader": "assemblyscript/LICENSE" };

for (const command of ["node scripts/build-kernel.mjs", "node scripts/build-bench.mjs", "npx tsup --silent"]) {
  const { status } = spawnSync(command, { shell: true, stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

const licences = Object.entries(BUNDLED).map(([name, file]) => {
  const { version, license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  return `${name} ${version}, ${license}\n\n${readFileSync(`node_modules/${file}`, "utf8")}`;
});
writeFileSync("dist/third-party-licences.txt", licences.join(`\n${"-".repeat(80)}\n\n`));
