/** A dedicated worker that runs the contract of stores and tells what it came to. */
import { runStoreCases } from "./store-cases.js";

runStoreCases().then((outcomes) => postMessage(outcomes));
