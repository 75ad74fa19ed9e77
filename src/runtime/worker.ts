// The program of a worker thread: an entry of its own in the package.
import { type BuildGraph, serveTasks, type ToWorker } from "../engine/worker.js";
import { quietHost } from "./detect.js";

const { parentPort } = globalThis.process.getBuiltinModule("node:worker_threads");
/** The whole library, which only programs need. */
const buildGraph: BuildGraph = async (message) => {
  quietHost();
  return (await import("../program-graph.js")).buildGraph(message);
};
const receive = serveTasks((message, transfer = []) => parentPort!.postMessage(message, transfer), buildGraph);
parentPort!.on("message", (message: ToWorker) => receive(message));
