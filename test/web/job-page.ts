/** A page with a job in a worker: keeps what the worker tells. */
const told: unknown[] = [];
const worker = new Worker(`./job-worker.js${location.search}`, { type: "module" });
worker.onmessage = ({ data }) => void told.push(data);
worker.onerror = ({ message }) => void told.push({ error: message });
Object.assign(globalThis, { told });
