import { transform } from "sucrase";
import type { Failure } from "../messages.js";

/** Where the build has put the entries of the package, by name. */
declare const __ENTRIES__: Readonly<Record<string, string>>;

const IMPORT = /^([ \t]*(?:import|export)\b[^"';]*?)(["'])([^"'\n]+)\2/gm;
const CAUSES_MAX = 5;

/** Where it was in the program that something went wrong, in words that people know. */
class ProgramError extends Error {
  override readonly name = "ProgramError";
}

/** The address of a module with the types of `code` taken away and its imports found; lines stay where they are. */
export function moduleOf(code: string): string {
  const { code: plain } = transform(code, {
    transforms: ["typescript"],
    disableESTransforms: true,
    preserveDynamicImport: true,
    filePath: "program.ts",
  });
  const linked = plain.replace(IMPORT, (_, before: string, quote: string, name: string) => {
    const path = Object.hasOwn(__ENTRIES__, name) ? __ENTRIES__[name] : undefined;
    if (path === undefined) {
      throw new ProgramError(`A program here can import ${Object.keys(__ENTRIES__).join(", ")}; it imports ${name}.`);
    }
    return `${before}${quote}${new URL(path, self.location.href).href}${quote}`;
  });
  return URL.createObjectURL(new Blob([linked], { type: "text/javascript" }));
}

/** The variables of a program's lines that print, in order: what their outputs are called. */
export function printedNames(code: string): string[] {
  return [...code.matchAll(/^[ \t]*(\w+)(?:\.\w+\(\))*\.print\(/gm)].map(([, name]) => name!);
}

/** What went wrong, with its place in the program where the stack or the message tells. */
export function failureOf(thrown: unknown, module: string | undefined): Failure {
  if (!(thrown instanceof Error)) {
    return { name: "Thrown", code: undefined, message: String(thrown), causes: [], line: undefined, column: undefined };
  }
  const chain = causesOf(thrown);
  // The innermost error knows best where in the program it was.
  const places = chain.map((error) => placeIn(error, module)).filter((place) => place !== undefined);
  const place = places.at(-1) ?? syntaxPlace(thrown);
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
  return {
    name: thrown.name,
    code,
    message: thrown.message.replace(/^Error transforming program\.ts: /, "").replace(/ \(\d+:\d+\)$/, ""),
    causes: chain.slice(1).map((error) => `${error.name}: ${error.message}`),
    line: place?.line,
    column: place?.column,
  };
}

function causesOf(error: Error): Error[] {
  const chain = [error];
  for (let cause = error.cause; cause instanceof Error && chain.length < CAUSES_MAX; cause = cause.cause)
    chain.push(cause);
  return chain;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

function placeIn(error: Error, module: string | undefined): Place | undefined {
  if (module === undefined || error.stack === undefined) return undefined;
  const at = error.stack.indexOf(`${module}:`);
  const found = at < 0 ? undefined : /^(\d+):(\d+)/.exec(error.stack.slice(at + module.length + 1));
  return found ? { line: Number(found[1]), column: Number(found[2]) } : undefined;
}

/** The transpiler says where in its message. */
function syntaxPlace({ message }: Error): Place | undefined {
  const found = /\((\d+):(\d+)\)$/.exec(message);
  return found ? { line: Number(found[1]), column: Number(found[2]) } : undefined;
}
