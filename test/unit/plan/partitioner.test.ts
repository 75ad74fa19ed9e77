import { describe, expect, it } from "vitest";
import { partitionHash } from "../../../src/block/partition-hash.js";
import { ConfigError, PlanError } from "../../../src/errors.js";
import {
  HashPartitioner,
  PARTITION_COUNT_MAX,
  type Partitioner,
  type Partitioning,
  toPartitioner,
} from "../../../src/plan/partitioner.js";

function failure(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).code).toBe("invalid-partitions");
    return error as ConfigError;
  }
  throw new Error("expected a ConfigError");
}

const BAD_COUNTS = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, PARTITION_COUNT_MAX + 1, "4", true];

describe("HashPartitioner", () => {
  it("sends equal keys to one partition in range", () => {
    const partitioner = new HashPartitioner(3);
    expect(partitioner.numPartitions).toBe(3);
    for (const key of ["a", 1, -1, null, undefined, [1, "a"], { a: 1 }, new Date(5), 10n, true]) {
      expect(partitioner.getPartition(key)).toBe(partitionHash(key) % 3);
    }
    expect(partitioner.getPartition([1, { a: -0 }])).toBe(partitioner.getPartition([1, { a: 0, b: undefined }]));
    expect(new HashPartitioner(1).getPartition("any")).toBe(0);
    expect(() => partitioner.getPartition(new Set())).toThrow(PlanError);
  });

  it("has from one partition to the most allowed", () => {
    expect(new HashPartitioner(PARTITION_COUNT_MAX).numPartitions).toBe(65_535);
    for (const count of BAD_COUNTS) {
      expect(failure(() => new HashPartitioner(count as number)).message).toMatch(
        /^numPartitions of HashPartitioner must be .* from 1 to 65535, but got .*;/,
      );
    }
  });
});

describe("toPartitioner", () => {
  const own: Partitioner = { numPartitions: 2, getPartition: () => 1 };

  it("takes a number, a partitioner, or the default", () => {
    expect(toPartitioner(4, 2, "x")).toEqual(new HashPartitioner(4));
    expect(toPartitioner(undefined, 2, "x")).toEqual(new HashPartitioner(2));
    expect(toPartitioner(own, 8, "x")).toBe(own);
  });

  it("refuses anything else, naming the subject", () => {
    for (const count of BAD_COUNTS) {
      expect(failure(() => toPartitioner(count as Partitioning, 2, "partitioning of join")).message).toMatch(
        /^partitioning of join must be /,
      );
      const error = failure(() => toPartitioner({ ...own, numPartitions: count as number }, 2, "partitioning of join"));
      expect(error.message).toMatch(/^numPartitions of partitioning of join must be /);
    }
    expect(failure(() => toPartitioner(null as unknown as Partitioning, 2, "x")).message).toContain("got null");
    const lacking = { numPartitions: 2 } as Partitioner;
    expect(failure(() => toPartitioner(lacking, 2, "x")).message).toContain("an object without getPartition");
    expect(failure(() => toPartitioner((() => 1) as unknown as Partitioning, 2, "x")).message).toContain("a function");
    expect(failure(() => toPartitioner(undefined, 0, "join")).message).toMatch(/^defaultParallelism for join must/);
  });
});
