/**
 * All that reads lambdas and compiles what they say: a module of its own, as programs of opaque functions run without it. It comes with `start()`, or at once
 * where the host can load modules that way; `door.ts` is how the rest of the library reaches it, and nothing else may import what is exported here.
 */
export { aggregatesOf } from "./aggregate.js";
export { agrees, agreesStateful } from "./agree.js";
export { canonicalText } from "./canonical-text.js";
export { keysCompared } from "./comparator.js";
export { beginRows } from "./compile/begin-rows.js";
export { planSlide } from "./compile/plan-slide.js";
export { planUpdate } from "./compile/plan-update.js";
export * as statePrograms from "./compile/state-programs.js";
export { evaluate } from "./evaluate.js";
export { fieldsRead } from "./fields-read.js";
export { lower, lowerStateful } from "./lower.js";
export { ensureParser, useParser } from "./parser.js";
export { showExpression } from "./show.js";
export { valuesUpdateOf } from "./values-update.js";
