import { FALSE, isUndefined } from "./build.js";
import type { Expression, Lowering, StatefulLowering } from "./expression.js";
import type { FunctionNode } from "./parser.js";
import { orRefusal } from "./refused.js";
import { type Captures, Scope, Translation } from "./scope.js";
import { bodyOf, type Given } from "./translate-body.js";
import { formOf } from "./translate-expression.js";

/** The expression that a function returns, by its syntax alone, or why there is none. */
export function translate(node: FunctionNode, captures?: Captures): Lowering {
  return orRefusal(() => {
    const translation = new Translation({ formOf, captures, self: node.id?.name });
    const given = node.params.map((_, index): Expression => ({ kind: "parameter", index }));
    return { ok: true, expression: bodyOf(node, given, new Scope(translation)), parameters: node.params.length };
  });
}

/** What a function of `mapWithState` does, by its syntax alone, or why that is not known. `stateIndex` is where it takes the state. */
export function translateStateful(node: FunctionNode, stateIndex: number, captures?: Captures): StatefulLowering {
  return orRefusal(() => {
    const value: Expression = { kind: "parameter", index: stateIndex };
    const exists: Expression = { kind: "unary", operator: "!", of: isUndefined(value) };
    const translation = new Translation({
      formOf,
      captures,
      self: node.id?.name,
      state: { value, exists, isUpdated: FALSE, isRemoved: FALSE },
      isTimingOut: { kind: "parameter", index: stateIndex + 1 },
    });
    const given = node.params.map((_, index): Given => {
      if (index < stateIndex) return { kind: "parameter", index };
      return index === stateIndex ? "state" : "time";
    });
    const result = bodyOf(node, given, new Scope(translation));
    const { value: state, isUpdated, isRemoved } = translation.state!;
    return { ok: true, stateful: { result, state, isUpdated, isRemoved }, parameters: node.params.length };
  });
}
