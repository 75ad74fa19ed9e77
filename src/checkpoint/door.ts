import { Door } from "../door.js";

/** Opened when a context with a store for checkpoints looks into it. */
export const checkpointing = /* @__PURE__ */ new Door("writes checkpoints", () => import("./checkpointing.js"));
