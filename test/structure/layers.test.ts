import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

/** Low to high: what is on a line may import its own line and those above it. A name without an ending is a folder or a file of src/. */
const LAYERS: ReadonlyArray<readonly string[]> = [
  ["errors", "host", "option-names", "time", "door", "guarantee"],
  ["kernel"],
  ["block", "schema", "sketches"],
  ["lowering", "plan"],
  ["state", "forms"],
  ["operators"],
  ["engine/"],
  ["checkpoint"],
  ["batch"],
  ["receiver", "sources", "outputs"],
  [
    "rdd",
    "rdd-actions",
    "dstream",
    "grouped-stream",
    "state-spec",
    "stream-checks",
    "context-options",
    "engine",
    "input-streams",
    "streaming-context",
    "streaming-metrics",
    "queue-metrics",
    "transactional-output",
    "program-graph",
    "testing",
  ],
  ["index"],
];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
  /** By a call of `import`, which loads it only then. */
  readonly isLater: boolean;
}

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts"))
  .sort();
const sources = new Map(files.map((file) => [file, withoutComments(readFileSync(join("src", file), "utf8"))]));
const imports = files.flatMap((file) => importsOf(file, sources.get(file)!));

/** The source with comments blanked, strings kept. Good enough for this code: no comment marks in its strings and expressions. */
function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, " ").replace(/(^|\s)\/\/.*$/gm, " ");
}

function importsOf(file: string, source: string): Import[] {
  const found: Import[] = [];
  const statement = /\b(?:import|export)\s+(type\s)?(?:[\w*\s{},]+?\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/g;
  for (const [, type, target, dynamic] of source.matchAll(statement)) {
    const to = target ?? dynamic!;
    const isRelative = to.startsWith(".");
    found.push({
      from: file,
      to: isRelative ? relative("src", join("src", dirname(file), to)).replace(/\.js$/, ".ts") : to,
      isTypeOnly: type !== undefined,
      isLater: dynamic !== undefined,
    });
  }
  return found;
}

/** The rank of a file of src/; undefined for the adapters of hosts, which are outside the order. */
function rankOf(file: string): number | undefined {
  const name = file.includes("/") ? `${file.split("/")[0]}/` : file.replace(/\.ts$/, "");
  const rank = LAYERS.findIndex((layer) => layer.some((entry) => entry === name || `${entry}/` === name));
  return rank < 0 ? undefined : rank;
}

const shown = ({ from, to }: Import) => `${from} -> ${to}`;
const isInternal = ({ to }: Import) => files.includes(to);
const isArtefact = ({ to }: Import) => /^#kernel\b/.test(to);

describe("imports", () => {
  it("are all seen: every relative one leads to a file of src/", () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.filter(({ to }) => to.startsWith(".") || /^src\b/.test(to)).map(shown)).toEqual([]);
    expect(imports.filter((entry) => !isInternal(entry) && entry.to.endsWith(".ts")).map(shown)).toEqual([]);
    const words = [...sources].map(([, source]) => source.match(/\bfrom\s+"|\bimport\("/g)?.length ?? 0);
    expect(imports.length).toBe(words.reduce((sum, count) => sum + count, 0));
  });

  it("know every folder and file", () => {
    const unknown = files.filter((file) => rankOf(file) === undefined && !file.startsWith("runtime/"));
    expect(unknown).toEqual([]);
  });

  it("never point upward", () => {
    const upward = imports.filter((entry) => {
      if (!isInternal(entry)) return false;
      const [from, to] = [rankOf(entry.from), rankOf(entry.to)];
      return from !== undefined && to !== undefined && to > from;
    });
    expect(upward.map(shown)).toEqual([]);
  });

  it("from DStream to its context are of types", () => {
    const back = imports.filter(({ from, to }) => from === "dstream.ts" && to === "streaming-context.ts");
    expect(back.filter(({ isTypeOnly }) => !isTypeOnly)).toEqual([]);
  });

  it("go round in no circle when programs run", () => {
    const edges = imports.filter((entry) => isInternal(entry) && !entry.isTypeOnly);
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
        return;
      }
      if (done.has(file)) return;
      for (const { from, to } of edges) if (from === file) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it("reach the adapters of hosts only from engine.ts, and from stores and receivers that are made of what a host has", () => {
    const inward = imports.filter(({ from, to }) => to.startsWith("runtime/") && !from.startsWith("runtime/"));
    const others = inward.filter(({ from }) => !/^(?:checkpoint\/stores|sources\/receivers)\//.test(from));
    expect(others.map(({ from }) => from)).toEqual(["engine.ts"]);
  });

  it("of the adapters of hosts are the host's interface, errors and the worker's program", () => {
    const outward = imports.filter(({ from, to }) => from.startsWith("runtime/") && !to.startsWith("runtime/"));
    const allowed = [
      "host.ts",
      "errors.ts",
      "engine/worker.ts",
      "program-graph.ts",
      "#kernel/unshared.wasm",
      "cloudflare:sockets",
    ];
    // Entries of the package for one host are the package, and that host.
    const isEntry = ({ from, to }: (typeof imports)[number]) =>
      from.startsWith("runtime/entries/") && ["index.ts", "testing/index.ts"].includes(to);
    expect(outward.filter((entry) => !allowed.includes(entry.to) && !isEntry(entry)).map(shown)).toEqual([]);
  });

  it("of the kernel are errors, the artefacts and the loader", () => {
    const outward = imports.filter(({ from, to }) => from.startsWith("kernel/") && !to.startsWith("kernel/"));
    const allowed = ["errors.ts", "#kernel", "#kernel/unshared", "#kernel/scalar", "@assemblyscript/loader"];
    expect(outward.filter(({ to }) => !allowed.includes(to)).map(shown)).toEqual([]);
  });

  it("of lowering that come with the library itself are the names that lambdas need", () => {
    const edges = imports.filter((entry) => isInternal(entry) && !entry.isTypeOnly && !entry.isLater);
    const core = new Set(["index.ts"]);
    for (const file of core) for (const { from, to } of edges) if (from === file) core.add(to);
    expect(core.size).toBeGreaterThan(100);
    expect([...core].filter((file) => file.startsWith("lowering/")).sort()).toEqual([
      "lowering/broadcast.ts",
      "lowering/capture.ts",
      "lowering/compile/kernel-rows.ts",
      "lowering/copy-expression.ts",
      "lowering/copy-value.ts",
      "lowering/door.ts",
      "lowering/expression.ts",
      "lowering/form.ts",
    ]);
  });

  it("of other packages are the loader in the kernel, the parser in lowering and what a host brings", () => {
    const outside = imports.filter((entry) => !isInternal(entry) && !isArtefact(entry));
    const pairs = new Set(outside.map(({ from, to }) => `${dirname(from)} -> ${to}`));
    const own = "runtime -> cloudflare:sockets";
    expect([...pairs].sort()).toEqual(["kernel -> @assemblyscript/loader", "lowering -> acorn", own]);
  });

  it("of the artefacts are in the kernel, the blocks that it reads and what is compiled for it", () => {
    const users = imports.filter(isArtefact).map(({ from }) => from);
    const allowed =
      /^runtime\/workerd\.ts$|^kernel\/|^block\/|^lowering\/compile\/|^engine\/(compiled-chain|compiled-slide|compiled-update|fused-words|run-join)\.ts$/;
    expect(users.filter((file) => !allowed.test(file))).toEqual([]);
  });
});

describe("words", () => {
  const filesWith = (word: RegExp) => files.filter((file) => word.test(sources.get(file)!));

  it("WebAssembly: the kernel, the engine that hands memories to threads, and hosts that compile it", () => {
    const allowed = /^kernel\/|^engine\/(threads|workers?)\.ts$|^host\.ts$|^runtime\/workerd/;
    expect(filesWith(/\bWebAssembly\b/).filter((file) => !allowed.test(file))).toEqual([]);
  });

  it("what belongs to a host is in runtime/, the system's clock in time/clock.ts", () => {
    const words =
      /"node:|globalThis\.process|\bprocess\.|\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b|\bperformance\.|\bMath\.random\b|\bnew Date\(\)|\bconsole\.|\bcrypto\./;
    expect(filesWith(words).filter((file) => !file.startsWith("runtime/"))).toEqual([]);
    expect(filesWith(/\bDate\.now\b/).filter((file) => !file.startsWith("runtime/"))).toEqual(["time/clock.ts"]);
  });
});
