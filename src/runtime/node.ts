import type {
  AsyncMark,
  Host,
  Processes,
  TcpConnection,
  TcpEvents,
  WorkerEvents,
  WorkerHandle,
  WorkerOptions,
} from "../host.js";
import { nodeDurableFiles } from "./node-durable-files.js";
import { nodeFiles } from "./node-files.js";
import { webHost } from "./web.js";

/** Bytes that one read of a socket brings at most; one buffer for each connection, used again and again. */
const READ_BYTES = 256 * 1024;

/** What Node's built-in modules add, in Node, Deno and Bun. They are asked for at run time, so that bundles for other hosts stay whole. */
export function nodeHost(): Host {
  const { process } = globalThis;
  const { availableParallelism } = process.getBuiltinModule("node:os");
  return {
    ...webHost(),
    name: hostName(),
    cores: availableParallelism(),
    write: (text) => void process.stdout.write(text),
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    // A copy of its own: small buffers share one.
    fromBase64: (text) => new Uint8Array(Buffer.from(text, "base64")),
    connectTcp,
    files: nodeFiles(),
    processes: nodeProcesses(),
    durableFiles: nodeDurableFiles(),
    startWorker,
    sharesMemory: typeof SharedArrayBuffer === "function",
    asyncMark: asyncMarks(),
    onShutdown: shutdownNotices(),
    loadLowering: () => {
      const { createRequire } = process.getBuiltinModule("node:module");
      const load = createRequire(import.meta.url);
      return { lowering: load("./lowering.js"), parser: load("./parser.cjs") };
    },
  };
}

/** A `run` that is under way, or has been, and the one that it is inside of. */
interface Run {
  readonly mark: AsyncMark;
  isActive: boolean;
  readonly outer: Run | undefined;
}

/** Makes marks. All of them share one storage: each that ever ran costs every promise of the process, for as long as the process lives. */
function asyncMarks(): () => AsyncMark {
  const { AsyncLocalStorage } = globalThis.process.getBuiltinModule("node:async_hooks");
  const storage = new AsyncLocalStorage<Run>();
  const current = (): Run | undefined => {
    let run = storage.getStore();
    while (run?.isActive === false) run = run.outer;
    return run;
  };
  return () => {
    const mark: AsyncMark = {
      run: (body) => {
        const run: Run = { mark, isActive: true, outer: current() };
        const clear = () => {
          run.isActive = false;
        };
        const result = storage.run(run, body);
        if (result instanceof Promise) result.then(clear, clear);
        else clear();
        return result;
      },
      isSet: () => {
        for (let run = current(); run; run = run.outer) if (run.isActive && run.mark === mark) return true;
        return false;
      },
    };
    return mark;
  };
}

/** Tells of SIGTERM and SIGINT. One handler for all who asked: each of its own would be one more listener of the process. */
function shutdownNotices(): (notify: (signal: string) => void) => () => void {
  const { process } = globalThis;
  const signals = ["SIGTERM", "SIGINT"] as const;
  const asked = new Set<{ readonly notify: (signal: string) => void }>();
  const forget = () => {
    for (const signal of signals) process.off(signal, tell);
  };
  const tell = (signal: string) => {
    const notices = [...asked];
    asked.clear();
    // The next signal does what it does without us.
    forget();
    for (const { notify } of notices) notify(signal);
  };
  return (notify) => {
    const notice = { notify };
    if (asked.size === 0) for (const signal of signals) process.on(signal, tell);
    asked.add(notice);
    return () => {
      if (asked.delete(notice) && asked.size === 0) forget();
    };
  };
}

function nodeProcesses(): Processes {
  const { process } = globalThis;
  const { hostname } = process.getBuiltinModule("node:os");
  return {
    host: hostname(),
    own: String(process.pid),
    isAlive: (id) => {
      try {
        process.kill(Number(id), 0);
        return true;
      } catch (error) {
        // It is there, and somebody else's.
        return (error as { readonly code?: string }).code === "EPERM";
      }
    },
  };
}

function hostName(): string {
  const { deno, bun, node } = globalThis.process.versions as Record<string, string | undefined>;
  return deno ? `Deno ${deno}` : bun ? `Bun ${bun}` : `Node ${node}`;
}

function connectTcp(hostname: string, port: number, events: TcpEvents): TcpConnection {
  const { connect } = globalThis.process.getBuiltinModule("node:net");
  let failure: Error | undefined;
  const socket = connect({
    host: hostname,
    port,
    onread: {
      buffer: new Uint8Array(READ_BYTES),
      callback: (count, buffer) => {
        events.data(buffer.subarray(0, count));
        return true;
      },
    },
  });
  socket.on("error", (error) => {
    failure = error;
  });
  socket.on("close", () => events.closed(failure));
  return {
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy: () => void socket.destroy(),
  };
}

function startWorker(events: WorkerEvents, { importsPrograms }: WorkerOptions): WorkerHandle {
  const { Worker } = globalThis.process.getBuiltinModule("node:worker_threads");
  // A program may need the loaders that this process was started with.
  const worker = new Worker(new URL("./worker.js", import.meta.url), importsPrograms ? {} : { execArgv: [] });
  let failure: Error | undefined;
  worker.on("message", (message: unknown) => events.message(message));
  worker.on("error", (error) => {
    failure = error as Error;
  });
  worker.on("exit", () => events.exited(failure));
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    keepAlive: (keeps) => (keeps ? worker.ref() : worker.unref()),
    terminate: async () => {
      await worker.terminate();
    },
  };
}
