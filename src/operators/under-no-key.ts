import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import type { Added } from "../plan/operator.js";
import { isRefusal, mapTo, pair, pairOf } from "./kernel-step.js";
import { OwnOperator } from "./own.js";

/** All rows under one key, so that what works by key works on all of them. */
export function underNoKey(name: string): OwnOperator {
  return new OwnOperator(name, (row, push) => push([undefined, row]), withNone);
}

/** The values of pairs. */
export function valuesAlone(name: string): OwnOperator {
  return new OwnOperator(name, (row, push) => push((row as [unknown, unknown])[1]), withoutKeys);
}

/** A one in place of each row. */
export function onePerRow(name: string): OwnOperator {
  return new OwnOperator(
    name,
    (_, push) => push(1),
    (rows) => mapTo(rows, rows.apply({ kind: "literal", value: 1 }, []), "one for each row"),
  );
}

function withNone(rows: KernelRows): Added {
  const none = rows.apply({ kind: "literal", value: undefined }, []);
  return isRefusal(none) ? none : mapTo(rows, pair(none, rows.row), "all rows under one key");
}

function withoutKeys(rows: KernelRows): Added {
  const parts = pairOf(rows.row);
  return isRefusal(parts) ? parts : mapTo(rows, parts[1]!, "values without their key");
}
