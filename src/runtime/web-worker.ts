// The program of a worker in pages: an entry of its own in the package.
import { serveTasks, type ToWorker } from "../engine/worker.js";
import { buildGraph } from "./build-graph.js";

/** The part of a worker's global scope that is used: its types are not those of a page. */
const scope = globalThis as unknown as {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  onmessage: (event: { readonly data: ToWorker }) => void;
};
const receive = serveTasks((message, transfer = []) => scope.postMessage(message, transfer), buildGraph);
scope.onmessage = ({ data }) => receive(data);
