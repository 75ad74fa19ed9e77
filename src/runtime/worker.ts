// The program of a worker thread: an entry of its own in the package.
import { serveTasks, type ToWorker } from "../engine/worker.js";
import { buildGraph } from "./build-graph.js";

const { parentPort } = globalThis.process.getBuiltinModule("node:worker_threads");
const receive = serveTasks((message, transfer = []) => parentPort!.postMessage(message, transfer), buildGraph);
parentPort!.on("message", (message: ToWorker) => receive(message));
