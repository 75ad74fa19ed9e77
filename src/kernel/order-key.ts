import { abi } from "#kernel";

/** A column that rows are ordered by. */
export interface OrderKey {
  readonly column: number;
  readonly descends: boolean;
  readonly by: OrderRule;
}

/**
 * By JavaScript's `<`, NaN and undefined last, or as a comparator says that asks for `a < b`, or for `a - b`: to such a one NaN and undefined equal everything,
 * which is no order, so these are left to JavaScript.
 */
export type OrderRule = "value" | "less" | "difference";

export const ORDER_RULES: Readonly<Record<OrderRule, number>> = {
  value: abi.ORDER_BY_VALUE,
  less: abi.ORDER_BY_LESS,
  difference: abi.ORDER_BY_DIFFERENCE,
};
