import { type Dataset, united } from "../plan/dataset.js";
import type { StreamBatch, StreamOperator } from "../plan/stream-operator.js";

/** The batches of the parent in the last `windowMs`, the oldest first, as one. An empty batch where there are none. */
export class WindowStream implements StreamOperator {
  readonly name = "window";
  readonly forms = [{ kind: "union" }] as const;
  readonly windowMs: number;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  identity(): readonly string[] {
    return [`window ${this.windowMs} ms`];
  }

  async compute(batch: StreamBatch): Promise<Dataset> {
    const panes: Dataset[] = [];
    for (const time of batch.parentTimes(batch.time - this.windowMs, batch.time)) {
      const pane = await batch.parent(0, time);
      if (pane) panes.push(pane);
    }
    return united(panes);
  }
}
