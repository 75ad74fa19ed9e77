import { describe, expect, it } from "vitest";
import type { CheckpointLog } from "../../../src/checkpoint/log.js";
import type { PatientStore } from "../../../src/checkpoint/patient-store.js";
import { ReceivedLog } from "../../../src/checkpoint/received-log.js";

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
});
