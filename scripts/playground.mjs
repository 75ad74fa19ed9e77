// npm run playground [-- --port N]: builds the page and serves it on the loopback, on a free port, until it is told to stop.
import { parseArgs } from "node:util";
import { buildPlayground } from "./build-playground.mjs";

const { port } = parseArgs({ options: { port: { type: "string", default: "0" } } }).values;
const folder = await buildPlayground();
const { serve } = await import("../examples/playground/serve.mjs");
const { address } = await serve(folder, Number(port));
console.log(`Millrace playground: ${address} (Ctrl-C stops it)`);
