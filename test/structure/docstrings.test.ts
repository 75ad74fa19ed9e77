import { basename } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/** Where readers and editors see the public names: the entry points of the package. */
const ENTRY_POINTS = [
  "dist/index.d.ts",
  "dist/kernel.d.ts",
  "dist/sources.d.ts",
  "dist/stores.d.ts",
  "dist/testing.d.ts",
];

/** The text before the tags of the docstring that belongs to a symbol. */
function docstring(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
}

/** The members of a class, interface or object type that its users see. */
function membersOf(symbol: ts.Symbol): ts.Symbol[] {
  const statics = symbol.flags & ts.SymbolFlags.Class ? [...(symbol.exports?.values() ?? [])] : [];
  return [...(symbol.members?.values() ?? []), ...statics].filter((member) => {
    if (member.flags & (ts.SymbolFlags.TypeParameter | ts.SymbolFlags.Prototype)) return false;
    const [declaration] = member.declarations ?? [];
    if (declaration === undefined || ts.isCallSignatureDeclaration(declaration)) return false;
    // The checker keeps no comments of index signatures.
    if (ts.isIndexSignatureDeclaration(declaration)) return false;
    // What a class takes to be made is said by the class.
    if (ts.isConstructorDeclaration(declaration)) return false;
    const isPrivate = ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private;
    return !isPrivate && !(ts.isPropertyDeclaration(declaration) && ts.isPrivateIdentifier(declaration.name));
  });
}

function undocumented(entryPoint: string): string[] {
  const program = ts.createProgram([entryPoint], { target: ts.ScriptTarget.ES2022, skipLibCheck: true });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(entryPoint)!)!;
  const missing: string[] = [];
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (docstring(symbol, checker) === "") missing.push(symbol.name);
    for (const member of membersOf(symbol)) {
      if (docstring(member, checker) === "") missing.push(`${symbol.name}.${member.name}`);
    }
  }
  return missing;
}

describe("docstrings", () => {
  it.each(ENTRY_POINTS.map((path) => [basename(path), path] as const))("%s: every public name has one", (_, path) => {
    expect(undocumented(path)).toEqual([]);
  });
});
