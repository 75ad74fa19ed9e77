import { type DStream, StateSpec } from "millrace";
import { runOperation } from "millrace/testing";
import { expect, test } from "vitest";

type Pairs = DStream<[string, number]>;
const add = (a: number, b: number) => a + b;
const subtract = (a: number, b: number) => a - b;

test("state has a version for each of its times, also for those at which only a slower stream asks", async () => {
  const input: Array<Array<[string, number]>> = [[["a", 1]], [["a", 2]], [["a", 4]], [["a", 8]]];
  const every = { numBatches: 4 };
  const running = (pairs: Pairs) =>
    pairs.updateStateByKey((values, sum: number | undefined) => values.reduce(add, sum ?? 0)).window(1000, 2000);
  expect(await runOperation(input, running, every)).toEqual([[["a", 3]], [["a", 15]]]);
  const tracked = (pairs: Pairs) =>
    pairs
      .mapWithState(
        StateSpec.function((key: string, value: number | undefined, state) => {
          state.update((state.getOption() ?? 0) + value!);
          return [key, state.get()];
        }) as StateSpec<string, number, number, [string, number]>,
      )
      .window(1000, 2000);
  expect(await runOperation(input, tracked, every)).toEqual([[["a", 3]], [["a", 15]]]);
  const counted = (pairs: Pairs) => pairs.countByWindow(3000, 1000).window(1000, 4000);
  expect(await runOperation(input, counted, every)).toEqual([[3]]);
});

test("a window reads past batches of what was made of an inverse window", async () => {
  const sums = (pairs: Pairs) =>
    pairs
      .reduceByKeyAndWindow(add, subtract, 2000, 1000)
      .map(([, sum]) => sum)
      .window(3000, 3000);
  const input: Array<Array<[string, number]>> = [[["a", 1]], [["a", 2]], [["a", 4]]];
  expect(await runOperation(input, sums)).toEqual([[1, 3, 6]]);
});

test("a key that a filter removed comes back as a new one, where it arrives in the window", async () => {
  const large = (pairs: Pairs) =>
    pairs.reduceByKeyAndWindow(add, subtract, 1000, 1000, { filter: ([, sum]) => sum > 1 });
  const input: Array<Array<[string, number]>> = [
    [["a", 1]],
    [
      ["b", 3],
      ["a", 5],
    ],
  ];
  expect(await runOperation(input, large, { master: "local[1]" })).toEqual([
    [],
    [
      ["b", 3],
      ["a", 5],
    ],
  ]);
});

test("mapWithState names the key -0 as 0, as all operators by key do", async () => {
  const keys = (pairs: DStream<[number, string]>) =>
    pairs.mapWithState(StateSpec.function((key: number, _value: string | undefined) => Object.is(key, -0)));
  expect(await runOperation([[[-0, "a"]]], keys)).toEqual([[false]]);
});
