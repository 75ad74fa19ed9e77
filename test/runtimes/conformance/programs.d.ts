/** Written before the programs are bundled. */
declare module "programs" {
  export const PROGRAMS: ReadonlyArray<import("./cases.js").LinesProgram>;
}
