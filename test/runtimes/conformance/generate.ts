// Writes the random programs over lines as a module: hosts that make no functions of text run them too. `node generate.js FILE`.
import { writeFileSync } from "node:fs";
import { drawProgram } from "../../fuzz/streams.js";

const PROGRAMS = 90;

const programs = Array.from({ length: PROGRAMS }, (_, index) => {
  const { calls, output, batches, master } = drawProgram(index + 1);
  const fields = [
    `name: "lines ${index + 1}"`,
    `master: ${JSON.stringify(master)}`,
    `make: (lines, StateSpec) => lines${calls.join("")}`,
    `action: (rdd) => rdd.${output}`,
    `batches: ${JSON.stringify(batches)}`,
  ];
  return `{ ${fields.join(",\n")} }`;
});
writeFileSync(process.argv[2]!, `export const PROGRAMS = [\n${programs.join(",\n")}\n];\n`);
