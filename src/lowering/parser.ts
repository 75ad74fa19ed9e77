import type { ArrowFunctionExpression, FunctionExpression, Expression as Node } from "acorn";
import { ConfigError } from "../errors.js";
import { type Refusal, refuse } from "./expression.js";

/** The part of acorn that is used. */
export type Parser = Pick<typeof import("acorn"), "parse">;
export type FunctionNode = ArrowFunctionExpression | FunctionExpression;
export type ParsedFunction = { readonly ok: true; readonly node: FunctionNode } | Refusal;

/** Longer sources are not parsed: what can be lowered is far shorter, and bundled modules would take a while. */
export const SOURCE_CHARACTERS_MAX = 16_384;

const NATIVE_CODE = /\{\s*\[native code\]\s*\}\s*$/;

// The parser belongs to the process, as the module that it was loaded from does; it is code, not state.
let parser: Parser | undefined;
let loading: Promise<void> | undefined;

/** Whether `parseFunction` can work now. */
export function parserLoaded(): boolean {
  return parser !== undefined;
}

/** Takes acorn from a host that can load it synchronously, so that nobody has to wait for `ensureParser`. */
export function useParser(acorn: Parser): void {
  parser = acorn;
}

/**
 * Resolves when the parser is there; it is loaded once, however often this is called.
 * **Errors**: `ConfigError` `parser-unavailable` when the host cannot load it; the next call tries again.
 */
export function ensureParser(): Promise<void> {
  if (parser !== undefined) return Promise.resolve();
  loading ??= import("acorn").then(useParser, (cause: unknown) => {
    loading = undefined;
    throw new ConfigError(
      'The parser for lambdas must be loadable as "acorn", and was not: install acorn beside this package or bundle it.',
      { code: "parser-unavailable", cause },
    );
  });
  return loading;
}

/**
 * The function that a source text is: an arrow, a function expression or a method, with its comments and parentheses gone; or why it
 * is none of these (native code, a class, an accessor, text that does not parse). Never throws.
 * **Limits**: `SOURCE_CHARACTERS_MAX`; a parser must be loaded.
 */
export function parseFunction(source: string): ParsedFunction {
  if (parser === undefined) return refuse("the parser is not loaded");
  if (source.length > SOURCE_CHARACTERS_MAX)
    return refuse(`its source is longer than ${SOURCE_CHARACTERS_MAX} characters`);
  // Everything but a method is an expression in parentheses; a method is one only inside an object.
  const plain = parseExpression(parser, `(${source}\n)`);
  if (plain.ok) return functionOf(plain.node);
  const method = parseExpression(parser, `({${source}\n})`);
  if (method.ok) return methodOf(method.node);
  return NATIVE_CODE.test(source) ? refuse("native code") : plain;
}

function parseExpression(acorn: Parser, text: string): { readonly ok: true; readonly node: Node } | Refusal {
  let htmlComment = false;
  try {
    const program = acorn.parse(text, {
      ecmaVersion: "latest",
      sourceType: "script",
      allowImportExportEverywhere: true,
      allowSuperOutsideMethod: true,
      checkPrivateFields: false,
      onComment: (_block, _text, start) => {
        if (text[start] !== "/") htmlComment = true;
      },
    });
    // Scripts read "<!--" as a comment and modules as operators; which of them the lambda is in cannot be told from its source.
    if (htmlComment) return refuse("an HTML comment", "<!--");
    const [statement, ...others] = program.body;
    if (statement?.type === "ExpressionStatement" && others.length === 0)
      return { ok: true, node: statement.expression };
    return refuse("its source is not one function");
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(/ \(\d+:\d+\)$/, "") : String(error);
    return refuse(`its source does not parse (${message})`);
  }
}

function functionOf(node: Node): ParsedFunction {
  if (node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression") return { ok: true, node };
  return node.type === "ClassExpression" ? refuse("a class", "class") : refuse("its source is not one function");
}

function methodOf(node: Node): ParsedFunction {
  const property = node.type === "ObjectExpression" && node.properties.length === 1 ? node.properties[0] : undefined;
  if (property?.type !== "Property") return refuse("its source is not one function");
  if (property.kind !== "init") return refuse(property.kind === "get" ? "a getter" : "a setter", property.kind);
  return property.method ? functionOf(property.value) : refuse("its source is not one function");
}
