import type { BuildGraph } from "../engine/worker.js";
import { quietHost } from "./detect.js";

/** Builds the graph of a program in a worker. Loads the whole library, which only programs need. */
export const buildGraph: BuildGraph = async (message) => {
  quietHost();
  return (await import("../program-graph.js")).buildGraph(message);
};
