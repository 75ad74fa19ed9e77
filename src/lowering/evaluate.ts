import type { Expression } from "./expression.js";

/**
 * What an expression gives for some arguments: the model that lambdas, and kernels, are compared with. It uses none of the methods
 * of the standard library, so patching them cannot change it.
 * **Errors**: `TypeError` where the lambda throws one too: splitting what is not a string, adding a symbol, mixing `bigint` and number.
 * **Order**: linear in the text for `split` by short separators.
 */
export function evaluate(expression: Expression, args: readonly unknown[]): unknown {
  switch (expression.kind) {
    case "parameter":
      return args[expression.index];
    case "literal":
      return expression.value;
    case "tuple": {
      const values: unknown[] = [];
      for (let i = 0; i < expression.items.length; i++) values[i] = evaluate(expression.items[i]!, args);
      return values;
    }
    case "split": {
      const text = evaluate(expression.of, args);
      if (typeof text !== "string") throw new TypeError("Only a string can be split.");
      return splitText(text, expression.separator);
    }
    case "binary": {
      const left = evaluate(expression.left, args) as number;
      const right = evaluate(expression.right, args) as number;
      return left + right;
    }
  }
}

/** The pieces of a text between separators, as `String.prototype.split` is specified (ECMA-262, 22.1.3.23), without a limit. */
function splitText(text: string, separator: string): string[] {
  const pieces: string[] = [];
  let piece = "";
  let i = 0;
  while (i < text.length) {
    if (separator === "") {
      pieces[pieces.length] = text[i]!;
      i += 1;
    } else if (matchesAt(text, separator, i)) {
      pieces[pieces.length] = piece;
      piece = "";
      i += separator.length;
    } else {
      piece += text[i];
      i += 1;
    }
  }
  if (separator !== "") pieces[pieces.length] = piece;
  return pieces;
}

function matchesAt(text: string, part: string, offset: number): boolean {
  if (offset + part.length > text.length) return false;
  for (let i = 0; i < part.length; i++) if (text[offset + i] !== part[i]) return false;
  return true;
}
