// The conformance set in hosts that have a standard output.
import { PROGRAMS } from "programs";
import { conformance } from "./cases.js";

console.warn = () => {};
for await (const line of conformance(PROGRAMS)) console.log(line);
