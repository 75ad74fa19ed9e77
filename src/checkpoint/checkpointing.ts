/** What is loaded when a context has a store for checkpoints. */
export { ContextCheckpoint } from "./context-checkpoint.js";
