// The hosts: each gives the lines of the conformance set.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Miniflare } from "miniflare";
import { browsers, withProfile } from "../web/hosts.mjs";
import { OUT } from "./build.mjs";
import { servePages } from "./pages.mjs";
import { runHere } from "./processes.mjs";

const COMPATIBILITY_DATE = "2026-04-01";
const SCRIPT = `${OUT}/command/command.js`;
const MODULES = resolve("test/runtimes/node_modules");
const START_MS_MAX = 20_000;

const linesOf = (text) => text.split("\n").filter((line) => line !== "");
const command = (args) => async () => linesOf(await runHere([...args, SCRIPT]));

/** A page of a browser, with the headers that isolate it or without. */
const page = (browser, where, isIsolated) => () =>
  withProfile(async (profile) => {
    const server = await servePages({ "/dist/": "dist", "/": `${OUT}/page` }, isIsolated);
    const running = await browsers[browser](profile);
    try {
      const opened = await running.open(`${server.address}/page.html#${where}`);
      return await opened.evaluate("globalThis.lines");
    } finally {
      await running.close();
      await server.close();
    }
  });

const miniflare = (path) => async () => {
  const running = new Miniflare({
    modules: true,
    modulesRoot: `${OUT}/workerd`,
    modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
    scriptPath: `${OUT}/workerd/workerd.js`,
    compatibilityDate: COMPATIBILITY_DATE,
    durableObjects: { OBJECTS: "Conforming" },
  });
  try {
    return linesOf(await (await running.dispatchFetch(`http://localhost${path}`)).text());
  } finally {
    await running.dispose();
  }
};

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "workerd.js", esModule = embed "workerd.js"),
    (name = "kernel.wasm", wasm = embed "kernel.wasm"),
  ],
  compatibilityDate = "${COMPATIBILITY_DATE}",
);
`;

async function workerd() {
  writeFileSync(`${OUT}/workerd/config.capnp`, CONFIG);
  const args = ["serve", `${OUT}/workerd/config.capnp`, "--control-fd=3"];
  const child = spawn(`${MODULES}/.bin/workerd`, args, { stdio: ["ignore", "ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  const exited = new Promise((resolve) => child.once("close", resolve));
  try {
    const port = await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`workerd does not listen: ${errors}`)), START_MS_MAX).unref();
      exited.then(() => reject(new Error(`workerd ended: ${errors}`)));
      let told = "";
      child.stdio[3].setEncoding("utf8").on("data", (text) => {
        told += text;
        const listening = linesOf(told)
          .map((line) => JSON.parse(line))
          .find(({ event }) => event === "listen");
        if (listening) resolve(listening.port);
      });
    });
    return linesOf(await (await fetch(`http://127.0.0.1:${port}/`)).text());
  } finally {
    child.kill();
    await exited;
  }
}

const nodeOf = (version) => [`${MODULES}/${version}/bin/node`];

/** By name, in the order of the table. The first is what the others are compared with. */
export const HOSTS = {
  "Node, this one": command([process.execPath]),
  "Node 20.19": command(nodeOf("node-20")),
  "Node 22": command(nodeOf("node-22")),
  "Node 24": command(nodeOf("node-24")),
  "Deno 2": command([`${MODULES}/.bin/deno`, "run", "--no-lock", "--no-config", "-A", "--quiet"]),
  "Bun 1": command([`${MODULES}/.bin/bun`]),
  "Chromium, page, isolated": page("chromium", "page", true),
  "Chromium, page": page("chromium", "page", false),
  "Chromium, worker, isolated": page("chromium", "worker", true),
  "Chromium, worker": page("chromium", "worker", false),
  "Firefox, page, isolated": page("firefox", "page", true),
  "Firefox, page": page("firefox", "page", false),
  "Firefox, worker, isolated": page("firefox", "worker", true),
  "Firefox, worker": page("firefox", "worker", false),
  "workerd, miniflare, Worker": miniflare("/"),
  "workerd, miniflare, Durable Object": miniflare("/object"),
  workerd,
};
