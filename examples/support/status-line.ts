// A line that is written over and over: how fast data comes in, and how batches keep up.
import type { StreamingListener } from "millrace";

const CLEAR = "\r\x1b[K";

export function statusLine(terminal: { write(text: string): unknown }): StreamingListener & { clear(): void } {
  let lastBatchMs: number | undefined;
  const clear = () => void terminal.write(CLEAR);
  return {
    clear,
    // What the batch prints starts on an empty line.
    onBatchStarted: clear,
    onReceiverError: clear,
    onBatchCompleted({ batchInfo }) {
      const { batchTime, numRecords, streamIdToInputInfo, processingDelay = 0, totalDelay = 0 } = batchInfo;
      const bytes = [...streamIdToInputInfo.values()].reduce((sum, info) => sum + Number(info.metadata?.bytes ?? 0), 0);
      const seconds = (batchTime.milliseconds - (lastBatchMs ?? batchTime.milliseconds - 1000)) / 1000;
      lastBatchMs = batchTime.milliseconds;
      const rates = `${Math.round(numRecords / seconds)} records/s, ${(bytes / 1e6 / seconds).toFixed(2)} MB/s`;
      terminal.write(`${CLEAR}${rates}, batch ${processingDelay} ms, delay ${totalDelay} ms`);
    },
  };
}
