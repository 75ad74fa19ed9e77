/** All that finds and reads files: a module that comes when the first one is looked for. */

export { binaryRows, customRows, textRows } from "./file-rows.js";
export { FileSelection } from "./file-selection.js";
export { matches } from "./find-files.js";
export { objectFileDataset } from "./object-file.js";
export { readFile } from "./read-file.js";
export { textFileDataset } from "./text-file.js";
