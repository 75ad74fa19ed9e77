/** The primitives on values as a module of their own, for tests: operations import the files. */
import "../fail";

export * from "./number-convert";
export * from "./number-format";
export * from "./number-parse";
