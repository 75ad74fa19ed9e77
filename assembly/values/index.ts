/** The primitives on values as a module of their own, for tests: operations import the files. */
import "../fail";

export * from "./number-convert";
export * from "./number-format";
export * from "./number-parse";
export * from "./text-compare";
export * from "./text-make";
export * from "./text-search";
export * from "./text-slice";
export * from "./text-units";
