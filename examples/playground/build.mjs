// Builds the page into build/playground/ of the project: the page, its worker, and the package's own files, which the programs import.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
export const OUT = join(root, "build/playground");

/** The file of the package that a page imports for an entry: the first condition that is there, as hosts choose it. */
function entryOf(name) {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  let target = exports[name];
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
    onResolve({ filter: /^millrace$/ }, () => ({ path: entryOf("."), external: true }));
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
    define: { __KERNEL__: JSON.stringify(entryOf("./kernel")), __TESTING__: JSON.stringify(entryOf("./testing")) },
    plugins: [library, text],
    logLevel: "warning",
  });
  for (const file of ["index.html", "icon.svg"]) cpSync(join(here, file), join(OUT, file));
  for (const file of readdirSync(join(root, "dist"))) {
    if (/\.(js|cjs|wasm)$/.test(file) && file !== "cli.js")
      cpSync(join(root, "dist", file), join(OUT, "millrace", file));
  }
}
