// Builds the page into build/playground/ of the project: the page, its worker, and the package's own files, which the programs import.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
export const OUT = join(root, "build/playground");

/** The package's entries by the names that programs import, and where the page has them. */
function entries() {
  const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const paths = Object.keys(exports).filter((path) => path !== "./package.json");
  return Object.fromEntries(paths.map((path) => [join(name, path), fileOf(exports[path])]));
}

/** The file that a page imports: of the first condition that is there, as hosts choose it. */
function fileOf(target) {
  while (typeof target === "object") {
    const [condition] = Object.keys(target).filter((each) => ["browser", "import", "default"].includes(each));
    target = target[condition];
  }
  return target.replace(/^\.\/dist\//, "./millrace/");
}

/** The library is not part of the bundle: pages import it as the package has it. */
const library = {
  name: "library",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^millrace$/ }, () => ({ path: entries().millrace, external: true }));
  },
};

/** `text:./file` is that file as text. */
const text = {
  name: "text",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^text:/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.slice("text:".length)),
      namespace: "text",
    }));
    onLoad({ filter: /./, namespace: "text" }, ({ path }) => ({
      contents: readFileSync(path, "utf8"),
      loader: "text",
    }));
  },
};

/** Builds the page. The package must have been built. */
export async function buildPage() {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  await build({
    absWorkingDir: here,
    entryPoints: { main: "src/main.tsx", worker: "src/worker/worker.ts", library: "src/worker/library.ts" },
    outdir: OUT,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: ["es2022"],
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".woff2": "file" },
    define: { __ENTRIES__: JSON.stringify({ ...entries(), millrace: "./library.js" }) },
    plugins: [library, text],
    logLevel: "warning",
  });
  for (const file of ["index.html", "icon.svg"]) cpSync(join(here, file), join(OUT, file));
  for (const file of readdirSync(join(root, "dist"))) {
    if (/\.(js|cjs|wasm)$/.test(file) && file !== "cli.js")
      cpSync(join(root, "dist", file), join(OUT, "millrace", file));
  }
}
