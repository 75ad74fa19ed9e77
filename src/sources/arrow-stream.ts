import { StreamReader } from "../block/arrow/read-stream.js";
import { SourceError } from "../errors.js";
import { arrowError, framesOfBatch } from "../receiver/arrow-frames.js";
import type { Intake } from "../receiver/intake.js";
import type { Receiving } from "../receiver/receiver-input.js";
import { IterableSource } from "./iterable-stream.js";
import { type ByteSource, iteratorOf } from "./text-stream.js";

/**
 * The record batches of Arrow IPC streams, one after the other, whose bytes come cut anywhere. Each batch is laid out in kernel memory when it is whole and
 * there is room for it; nothing is read meanwhile. A damaged stream is an error and ends the receiver; the batches before stay.
 */
export function arrowSource(source: ByteSource, intake: Intake): Receiving {
  const reader = new StreamReader(intake.context.flow.bytesMax);
  const store = async (bytes: Uint8Array) => {
    if (!(bytes instanceof Uint8Array)) {
      throw new SourceError(
        `${intake.name} reads bytes of Arrow IPC streams, and its source gave something of type ${typeof bytes}: write batches as IPC first.`,
        { code: "invalid-bytes", details: { got: bytes } },
      );
    }
    const { threads } = intake.context.engine;
    try {
      for (const batch of reader.read(bytes)) {
        await intake.storeFrames(() => framesOfBatch(batch, threads), batch.bytes);
      }
    } catch (error) {
      throw arrowError(intake.name, error);
    }
    await intake.breather(bytes.length);
  };
  const end = () => {
    try {
      reader.end();
    } catch (error) {
      throw arrowError(intake.name, error);
    }
  };
  return new IterableSource(intake, () => iteratorOf(source), store, end);
}
