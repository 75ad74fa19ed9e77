import type {
  ArrowFunctionExpression,
  BlockStatement,
  CallExpression,
  ForOfStatement,
  Expression as Node,
  Statement,
} from "acorn";
import { after, literal } from "./build.js";
import { propertyName } from "./describe.js";
import type { Expression, Variable } from "./expression.js";
import { goesOn, never, type Outcome } from "./outcome.js";
import { stop } from "./refused.js";
import type { Scope, ValueBinding } from "./scope.js";
import { assignedIn } from "./translate-assignment.js";
import { bindPattern, namesOf } from "./translate-pattern.js";

type ForEach = CallExpression & { readonly arguments: [ArrowFunctionExpression] };

/** `for (const item of list) ...`: what it assigns to is a fold over what the list iterates over. `outcomeOf` is what its body does. */
export function forOf(
  { await: isAwaited, left, right, body }: ForOfStatement,
  scope: Scope,
  outcomeOf: (body: Statement, scope: Scope) => Outcome,
): Outcome {
  if (isAwaited) stop('uses "await"', "await");
  const of: Expression = { kind: "tuple", items: [{ kind: "spread", of: scope.expressionOf(right) }] };
  if (left.type !== "VariableDeclaration" || left.kind === "var")
    return stop("has a loop over a variable of its own", "for");
  const { id } = left.declarations[0]!;
  return foldOf(of, assignedIn(body), scope, (item, inner) => {
    for (const name of namesOf(id)) inner.announce(name);
    const checks: Expression[] = [];
    bindPattern(id, item, inner, checks);
    if (left.kind === "const") for (const name of namesOf(id)) inner.seal(name);
    const outcome = outcomeOf(body, inner.inner());
    return { ...outcome, checks: [...checks, ...outcome.checks] };
  });
}

/** Whether an expression is `list.forEach(item => ...)`. */
export function isForEach(node: Node): node is ForEach {
  if (node.type !== "CallExpression" || node.optional || node.callee.type !== "MemberExpression") return false;
  const [given, ...others] = node.arguments;
  const isPlain = given?.type === "ArrowFunctionExpression" && !given.async && others.length === 0;
  return isPlain && propertyName(node.callee) === "forEach" && node.callee.object.type !== "Super";
}

export function forEachOf(
  node: ForEach,
  scope: Scope,
  outcomeOf: (body: Node | BlockStatement, scope: Scope) => Outcome,
): Outcome {
  const { callee } = node;
  const [{ params, body }] = node.arguments;
  if (callee.type !== "MemberExpression" || callee.object.type === "Super") return stop("calls what has no name", "()");
  const of = scope.expressionOf(callee.object);
  // Maps and sets have such a method too, and only arrays can be folded.
  if (of.kind === "captured") stop('calls the method "forEach" of a captured object', "forEach");
  if (params.length > 1) stop("makes a function that takes more than an item", "=>");
  return foldOf(of, assignedIn(body), scope, (item, inner) => {
    const checks: Expression[] = [];
    for (const parameter of params) {
      for (const name of namesOf(parameter)) inner.announce(name);
      bindPattern(parameter, item, inner, checks);
    }
    const outcome = outcomeOf(body, inner.inner());
    return { ...outcome, checks: [...checks, ...outcome.checks] };
  });
}

/** What is done for each item of a list, as a fold of the variables that it assigns to. */
function foldOf(
  of: Expression,
  names: ReadonlySet<string>,
  scope: Scope,
  run: (item: Variable, inner: Scope) => Outcome,
): Outcome {
  const { translation } = scope;
  const targets: ValueBinding[] = [];
  for (const name of names) if (scope.find(name)?.kind === "value") targets.push(scope.variable(name));
  const [only, ...others] = targets;
  if (only === undefined) return stop("has a loop that assigns to nothing outside of it", "for");
  const [accumulator, item]: [Variable, Variable] = [{ kind: "variable" }, { kind: "variable" }];
  const { state, assigned } = translation;
  const together = (values: readonly Expression[]): Expression =>
    others.length === 0 ? values[0]! : { kind: "tuple", items: values };
  const partOf = (whole: Expression, index: number): Expression =>
    others.length === 0 ? whole : { kind: "at", of: whole, index: literal(index) };
  const initial = together(targets.map((target) => scope.valueOf(target)));
  for (const [i, target] of targets.entries()) scope.assign(target, partOf(accumulator, i));
  const outcome = run(item, scope.inner());
  if (!never(outcome)) stop("returns inside a loop", "return");
  if (translation.state !== state) stop("changes the state inside a loop", "for");
  const body = after(outcome.checks, together(targets.map((target) => scope.valueOf(target))));
  translation.assigned = assigned;
  const fold: Expression = { kind: "fold", of, accumulator, item, body, initial };
  for (const [i, target] of targets.entries()) scope.assign(target, partOf(fold, i));
  return goesOn([fold]);
}
