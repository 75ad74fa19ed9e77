/** What a program loads of the package, bundled and minified as an application's bundler would. */
import { gzipSync } from "node:zlib";
import { build, type Metafile, type OutputFile } from "esbuild";
import { fileOf } from "./files.js";

/** The first letters of the modules that a program may load later, and what they are. */
const LATER = { running: "running-", lowering: "lowering-", parser: "acorn-", kernel: "unshared-" } as const;

/** Bytes of gzip. What two parts share is with the first of them, in the order of this list. */
export interface BundleSizes {
  /** Of all that the entry imports. */
  readonly core: number;
  /** What runs jobs. */
  readonly running: number;
  readonly lowering: number;
  readonly parser: number;
  /** The kernel in base64 that hosts with SIMD load. */
  readonly kernel: number;
  /** All that is loaded only where it is asked for. */
  readonly others: number;
}

/** The sizes of a program that consists of `source`, which imports the package by its file. */
export async function bundleSizes(source: string): Promise<BundleSizes> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: fileOf(), sourcefile: "program.js" },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    outdir: "/bundle",
    absWorkingDir: fileOf(),
  });
  const left = new Map(outputFiles.map((file) => [nameOf(file.path), file]));
  const taken = (prefix: string): number => {
    const names = [...left.keys()].filter((name) => name.startsWith(prefix));
    if (names.length !== 1)
      throw new Error(`One file is named ${prefix}..., there are: ${[...left.keys()].join(", ")}.`);
    const files = needed(names[0]!, metafile).flatMap((name) => left.get(name) ?? []);
    for (const { path } of files) left.delete(nameOf(path));
    return gzipBytesOf(files);
  };
  const core = taken("stdin");
  const [running, lowering, parser, kernel] = [LATER.running, LATER.lowering, LATER.parser, LATER.kernel].map(taken);
  const others = [...left.values()].reduce((sum, file) => sum + gzipBytesOf([file]), 0);
  return { core, running: running!, lowering: lowering!, parser: parser!, kernel: kernel!, others };
}

/** A file and all that it imports at once. */
function needed(name: string, { outputs }: Metafile): string[] {
  const byName = new Map(Object.entries(outputs).map(([path, output]) => [nameOf(path), output]));
  const found = new Set([name]);
  for (const each of found) {
    for (const { path, kind } of byName.get(each)!.imports) if (kind === "import-statement") found.add(nameOf(path));
  }
  return [...found];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function gzipBytesOf(files: readonly OutputFile[]): number {
  return gzipSync(Buffer.concat(files.map(({ contents }) => contents)), { level: 9 }).length;
}
