import { CrashStore } from "millrace/testing";
import { describe, expect, it } from "vitest";
import type { CheckpointLog } from "../../../src/checkpoint/log.js";
import { PatientStore } from "../../../src/checkpoint/patient-store.js";
import { ReceivedLog } from "../../../src/checkpoint/received-log.js";
import { readReceived } from "../../../src/checkpoint/received-segments.js";
import type { Host } from "../../../src/host.js";

const OPERATION = { kind: "line-end" } as const;

/** A log over a store whose writes call `write`. */
function logOver(write: () => void) {
  const errors: unknown[] = [];
  const put = async (): Promise<void> => write();
  const log = new ReceivedLog({
    store: { appends: true, append: put, write: put } as unknown as PatientStore,
    log: { job: "00".repeat(16), epoch: 1, assertOwner: async () => {} } as unknown as CheckpointLog,
    failed: (error) => void errors.push(error),
    warn: () => {},
  });
  return { input: log.of("input"), errors };
}

describe("the log of received data", () => {
  it("says that an operation is durable when it is, however many follow without a pause", async () => {
    let writes = 0;
    const { input } = logOver(() => {
      // While a group is written the next operation comes.
      if (++writes < 50) input.add(OPERATION);
    });
    input.add(OPERATION);
    await input.durable();
    expect(writes).toBeLessThanOrEqual(2);
  });

  it("writes nothing after a group that was lost", async () => {
    let writes = 0;
    const { input, errors } = logOver(() => {
      writes++;
      throw new Error("disk");
    });
    input.add(OPERATION);
    await expect(input.durable()).rejects.toThrow("disk");
    const before = writes;
    input.add(OPERATION);
    await expect(input.durable()).rejects.toThrow("disk");
    expect(writes).toBe(before);
    expect(errors).toHaveLength(1);
  });

  it.each([
    ["keeps the bytes it was given", false],
    ["gives bytes back, and looks at them until it has settled", true],
  ])("is whole in a store that %s", async (_, isLending) => {
    const pieces: Uint8Array[] = [];
    let groups = 0;
    const append = async (_key: string, bytes: Uint8Array): Promise<void> => {
      groups++;
      for (let turn = 0; turn < 3; turn++) await Promise.resolve();
      pieces.push(isLending ? bytes.slice() : bytes);
    };
    const whole = async () => Uint8Array.from(pieces.flatMap((piece) => [...piece]));
    const store = new PatientStore({
      store: {
        read: whole,
        list: async () => ["received/1"],
        write: append,
        delete: async () => {},
        append,
        ...(isLending && { appendLent: append }),
      },
      host: {} as Host,
    });
    const job = "00".repeat(16);
    const log = { job, epoch: 1, assertOwner: async () => {} } as unknown as CheckpointLog;
    const received = new ReceivedLog({ store, log, failed: () => {}, warn: () => {} });
    const input = received.of("input");
    const given = new Uint8Array(100);
    for (let n = 0; n < 20; n++) {
      given.fill(n);
      input.add({ kind: "text", bytes: given });
      if (n % 3 === 0) await input.durable();
    }
    await input.durable();
    expect(groups).toBeGreaterThan(4);
    const { operations } = await readReceived(store, job, new Map());
    const texts = operations.get("input")!.logged.map((each) => "bytes" in each && [...new Set(each.bytes)]);
    expect(texts).toEqual(Array.from({ length: 20 }, (_each, n) => [n]));
  });

  it("logs again what its writer could not make durable, before anything rests on it", async () => {
    let state: "well" | "breaks" | "broken" = "well";
    const machine = new CrashStore({
      // The disk keeps nothing, and from then on the process can do nothing about it.
      fault: (_, doing) => {
        if (state === "breaks" && doing.startsWith("fsync /store/received/")) {
          state = "broken";
          return "fsync-once";
        }
        return state === "broken" ? "eio" : undefined;
      },
    });
    const job = "00".repeat(16);
    const logOn = (store: CrashStore, epoch: number) => {
      const log = { job, epoch, assertOwner: async () => {} } as unknown as CheckpointLog;
      return new ReceivedLog({ store: patient(store), log, failed: () => {}, warn: () => {} });
    };
    const patient = (store: CrashStore) =>
      new PatientStore({ store, host: { setTimer: (_ms: number, fire: () => void) => fire() } as unknown as Host });
    const textsOf = ({ operations }: Awaited<ReturnType<typeof readReceived>>) =>
      operations.get("input")?.logged.map((each) => "bytes" in each && [...each.bytes]);

    const first = logOn(machine, 1);
    await first.begin(new Map(), true);
    const input = first.of("input");
    input.add({ kind: "text", bytes: Uint8Array.of(1) });
    await input.durable();
    input.add({ kind: "text", bytes: Uint8Array.of(2) });
    state = "breaks";
    await expect(input.durable()).rejects.toThrow();
    state = "well";

    // What the next process reads is what it goes on from, though the power goes.
    const second = machine.crash({ kind: "kill", random: () => 0 });
    const received = await readReceived(patient(second), job, new Map());
    expect(textsOf(received)).toEqual([[1], [2]]);
    await logOn(second, 2).begin(new Map(), true);
    const third = second.crash({ kind: "power", random: () => 0 });
    expect(textsOf(await readReceived(patient(third), job, new Map()))).toEqual(textsOf(received));
  });
});
