/** What a program loads of the package: its entry, bundled and minified as an application's bundler would. */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { fileOf } from "./files.js";

export interface CoreBundle {
  /** Of all that the entry imports; what it loads later, if at all, is apart. */
  readonly gzipBytes: number;
  /** What is loaded later, if at all, by the name of its module. */
  readonly later: ReadonlyMap<string, number>;
}

export async function coreBundle(): Promise<CoreBundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileOf("dist/index.js")],
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
  const outputs = Object.entries(metafile.outputs);
  const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  const core = new Set<string>();
  const add = (path: string): void => {
    if (core.has(nameOf(path))) return;
    core.add(nameOf(path));
    for (const { path: next, kind } of metafile.outputs[path]!.imports) if (kind === "import-statement") add(next);
  };
  add(outputs.find(([path]) => nameOf(path) === "index.js")![0]);
  const isCore = ({ path }: { readonly path: string }) => core.has(nameOf(path));
  const later = outputFiles.filter((file) => !isCore(file));
  return {
    gzipBytes: gzipBytesOf(outputFiles.filter(isCore)),
    later: new Map(later.map((file) => [nameOf(file.path), gzipBytesOf([file])])),
  };
}

function gzipBytesOf(files: ReadonlyArray<{ readonly contents: Uint8Array }>): number {
  return gzipSync(Buffer.concat(files.map(({ contents }) => contents)), { level: 9 }).length;
}
