export * from "../block/row-type.js";
