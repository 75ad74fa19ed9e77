/**
 * All that runs jobs, a module of its own that comes when an engine starts: until then a program only describes. Imported through `local-engine.ts` alone.
 */
export { runJob } from "./job.js";
export { RunningEngine } from "./running-engine.js";
