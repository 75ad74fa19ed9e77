import type { Origin } from "../plan/origin.js";
import type { Partitioner } from "../plan/partitioner.js";
import { type Aggregator, CombineByKeyOperator } from "./combine-by-key.js";
import { PartitionByOperator } from "./partition-by.js";

const lists: Aggregator = {
  create: (value) => [value],
  mergeValue: (list, value) => {
    (list as unknown[]).push(value);
    return list;
  },
  mergeCombined: (list, more) => {
    for (const value of more as unknown[]) (list as unknown[]).push(value);
    return list;
  },
  own: (list) => [...(list as unknown[])],
};

/** One pair for each key: the array of its values, in the order of records, then of partitions. Keys in order of first arrival. */
export function groupByKey(origin: Origin, partitioner: Partitioner): CombineByKeyOperator {
  const dealt = new PartitionByOperator(origin, partitioner);
  return new CombineByKeyOperator({ origin, partitioner, aggregator: () => lists, dealt });
}

/** The same as JavaScript alone, for what reads the lists there again and again: panes of windows, and state. */
export function groupValuesByKey(origin: Origin, partitioner: Partitioner): CombineByKeyOperator {
  return new CombineByKeyOperator({ origin, partitioner, aggregator: () => lists });
}
