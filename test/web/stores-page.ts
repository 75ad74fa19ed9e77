/** A page that runs the contract of stores in itself and in a dedicated worker. */
import type { Outcome } from "./runner.js";
import { runStoreCases } from "./store-cases.js";

Object.assign(globalThis, {
  runHere: (): Promise<Outcome[]> => runStoreCases(),
  runInWorker: (): Promise<Outcome[]> =>
    new Promise((resolve, reject) => {
      const worker = new Worker("./stores-worker.js", { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    }),
});
