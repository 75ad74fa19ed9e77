import * as millrace from "millrace";
import * as testing from "millrace/testing";

/** What a simulation runs: the library as it is built, or a copy with a bug in it. */
export type Library = typeof millrace & typeof testing;

export const library: Library = { ...millrace, ...testing };
