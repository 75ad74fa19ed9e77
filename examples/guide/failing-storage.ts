// Storage that fails, and a machine that loses its power: what a program that keeps something in a store has to be content with.
import { type CheckpointStore, MemoryStore, type MillraceError } from "millrace";
import { CrashStore, crashStates, FaultyStore } from "millrace/testing";

async function countIn(store: CheckpointStore): Promise<number> {
  return (await store.read("count"))?.[0] ?? 0;
}

async function increment(store: CheckpointStore): Promise<void> {
  await store.write("count", Uint8Array.of((await countIn(store)) + 1));
}

// The fourth call of the store, which is the second write, fails in one of the ways of storage.
for (const fault of ["enospc", "short-write", "fsync-once"] as const) {
  const store = new FaultyStore(new MemoryStore(), { plan: [{ call: 4, fault }] });
  await increment(store);
  try {
    await increment(store);
  } catch (error) {
    console.log(`${fault}: ${(error as MillraceError).code}, the count is ${await countIn(store)}`);
  }
}

// Everything that may be found after a power cut during two increments, and the least once each of them is answered.
for (const flaw of [undefined, "no-data-sync"] as const) {
  const store = new CrashStore(flaw && { flaw });
  const answeredAt: number[] = [];
  for (let count = 1; count <= 2; count += 1) {
    await increment(store);
    answeredAt.push(store.stepCount);
  }
  const found = new Set<number>();
  let lost = 0;
  for (const state of crashStates(store.trace, { seed: 1 })) {
    const count = await countIn(state.toMemoryStore());
    found.add(count);
    if (count < answeredAt.filter((step) => step <= state.step).length) lost += 1;
  }
  console.log(
    `${flaw ?? "no flaw"}: counts found are ${[...found].sort().join(", ")}, less than answered ${lost > 0 ? "at times" : "never"}`,
  );
}
