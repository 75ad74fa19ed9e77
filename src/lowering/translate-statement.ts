import type {
  BlockStatement,
  ConditionalExpression,
  IfStatement,
  Expression as Node,
  Statement,
  VariableDeclaration,
} from "acorn";
import { UNDEFINED } from "./build.js";
import { describeStatement } from "./describe.js";
import type { Expression } from "./expression.js";
import { alwaysReturns, branch, followedBy, goesOn, type Outcome, returning } from "./outcome.js";
import { Refused, stop } from "./refused.js";
import type { Scope } from "./scope.js";
import { assignedIn, assignmentOf } from "./translate-assignment.js";
import { forEachOf, forOf, isForEach } from "./translate-loop.js";
import { bindPattern, namesOf } from "./translate-pattern.js";
import { stateChangeOf } from "./translate-state.js";

/** What the statements of a block do. Its names are announced in `scope`, which must be its own. */
export function outcomeOf(statements: readonly Statement[], scope: Scope): Outcome {
  for (const statement of statements) {
    if (statement.type !== "VariableDeclaration") continue;
    for (const { id } of statement.declarations) for (const name of namesOf(id)) scope.announce(name);
  }
  return outcomeFrom(statements, 0, scope);
}

function outcomeFrom(statements: readonly Statement[], index: number, scope: Scope): Outcome {
  const statement = statements[index];
  if (statement === undefined) return goesOn();
  const outcome = outcomeOfOne(statement, scope);
  const rest = () => outcomeFrom(statements, index + 1, scope);
  if (!alwaysReturns(outcome)) return followedBy(outcome, rest);
  // What is never reached must be known all the same: its declarations hold before it.
  const { translation } = scope;
  const { state, assigned } = translation;
  rest();
  translation.state = state;
  translation.assigned = assigned;
  return outcome;
}

function outcomeOfOne(statement: Statement, scope: Scope): Outcome {
  switch (statement.type) {
    case "EmptyStatement":
      return goesOn();
    case "VariableDeclaration":
      return goesOn(declare(statement, scope));
    case "ReturnStatement":
      return returnOf(statement.argument ?? undefined, scope);
    case "ThrowStatement":
      return returning(failureOf(statement.argument, scope), scope.translation.state);
    case "BlockStatement":
      return outcomeOf(statement.body, scope.inner());
    case "IfStatement":
      return ifOf(statement, scope);
    case "ForOfStatement":
      return forOf(statement, scope, (body, inner) => outcomeOf([body], inner));
    case "ExpressionStatement":
      if (statement.directive !== undefined) return goesOn();
      return effectOf(statement.expression, scope) ?? stop("has a statement besides its return");
    default:
      throw new Refused(describeStatement(statement));
  }
}

/** What initial values may throw. */
function declare({ kind, declarations }: VariableDeclaration, scope: Scope): Expression[] {
  if (kind !== "const" && kind !== "let") stop(`declares a variable with "${kind}"`, kind);
  const checks: Expression[] = [];
  for (const { id, init } of declarations) {
    bindPattern(id, init ? scope.receiverOf(init) : UNDEFINED, scope, checks);
    if (kind === "const") for (const name of namesOf(id)) scope.seal(name);
  }
  return checks;
}

function ifOf({ test, consequent, alternate }: IfStatement, scope: Scope): Outcome {
  return branch(
    scope.translation,
    scope.expressionOf(test),
    () => outcomeOf([consequent], scope.inner()),
    () => (alternate ? outcomeOf([alternate], scope.inner()) : goesOn()),
  );
}

/** Returns a value. Where a state or variables may change, conditions and commas are taken apart: minifiers write statements so. */
export function returnOf(argument: Node | undefined, scope: Scope): Outcome {
  const { translation } = scope;
  if (argument === undefined) return returning(UNDEFINED, translation.state);
  if (translation.state !== undefined || assignedIn(argument).size > 0) {
    if (argument.type === "ConditionalExpression") return conditionOf(argument, scope, returnOf);
    if (argument.type === "SequenceExpression") {
      const last = argument.expressions.at(-1)!;
      return followedBy(effectsOf(argument.expressions.slice(0, -1), scope), () => returnOf(last, scope));
    }
    const checks = stateChangeOf(argument, scope);
    if (checks !== undefined) return followedBy(goesOn(checks), () => returning(UNDEFINED, translation.state));
  }
  return returning(scope.expressionOf(argument), translation.state);
}

/** What an expression does that stands for a statement: changes of the state or of variables, under conditions. Nothing where it is something else. */
function effectOf(node: Node, scope: Scope): Outcome | undefined {
  const { translation } = scope;
  if (node.type === "AssignmentExpression" || node.type === "UpdateExpression") return assignmentOf(node, scope);
  if (isForEach(node)) return forEachOf(node, scope, loopBodyOf);
  if (translation.state === undefined && assignedIn(node).size === 0) return undefined;
  if (node.type === "SequenceExpression") return effectsOf(node.expressions, scope);
  if (node.type === "ConditionalExpression") return conditionOf(node, scope, valueOrEffectOf);
  if (node.type === "LogicalExpression" && node.operator !== "??") {
    const isAnd = node.operator === "&&";
    const effect = () => valueOrEffectOf(node.right, scope);
    return branch(translation, scope.expressionOf(node.left), isAnd ? effect : goesOn, isAnd ? goesOn : effect);
  }
  const checks = stateChangeOf(node, scope);
  return checks && goesOn(checks);
}

/** What the body of a function does that is called for each item. */
function loopBodyOf(body: Node | BlockStatement, scope: Scope): Outcome {
  return body.type === "BlockStatement" ? outcomeOf(body.body, scope) : valueOrEffectOf(body, scope);
}

function effectsOf(nodes: readonly Node[], scope: Scope): Outcome {
  const [first, ...others] = nodes;
  if (first === undefined) return goesOn();
  return followedBy(valueOrEffectOf(first, scope), () => effectsOf(others, scope));
}

function valueOrEffectOf(node: Node, scope: Scope): Outcome {
  return effectOf(node, scope) ?? goesOn([scope.expressionOf(node)]);
}

function conditionOf(
  { test, consequent, alternate }: ConditionalExpression,
  scope: Scope,
  outcome: (node: Node, scope: Scope) => Outcome,
): Outcome {
  return branch(
    scope.translation,
    scope.expressionOf(test),
    () => outcome(consequent, scope),
    () => outcome(alternate, scope),
  );
}

const ERRORS: ReadonlySet<string> = new Set(["Error", "TypeError", "RangeError", "SyntaxError"]);

/** `throw new Error(...)`: what is thrown is left to the lambda itself, which is called again where this happens. */
function failureOf(argument: Node, scope: Scope): Expression {
  const isPlain =
    argument.type === "NewExpression" && argument.callee.type === "Identifier" && ERRORS.has(argument.callee.name);
  if (!isPlain) stop("throws something else than a new error", "throw");
  for (const part of argument.arguments) {
    if (part.type === "SpreadElement") stop("spreads its arguments", "...");
    scope.expressionOf(part);
  }
  return { kind: "fail", reason: "throws an error" };
}
