import { Door } from "../door.js";
import type { Dataset } from "../plan/dataset.js";
import type { Lineage } from "../plan/lineage.js";
import type { StreamBatch, StreamOperator } from "../plan/stream-operator.js";
import { parentBatches } from "./union.js";

/** Opened before the first batch. */
export const lineages = /* @__PURE__ */ new Door("says what was made of batches", () => import("../plan/lineage.js"));

/** What a function of the program's makes of the batches of all parents, each of which must have one. */
export class TransformStream implements StreamOperator {
  readonly name: string;
  readonly forms = [
    { kind: "stage", why: "the function decides for each batch: see again after the first one", isOpen: true },
  ] as const;
  readonly #count: number;
  #lineage: Lineage | undefined;
  readonly #fn: (datasets: readonly Dataset[], time: number) => Promise<Dataset>;

  constructor(name: string, count: number, fn: (datasets: readonly Dataset[], time: number) => Promise<Dataset>) {
    this.name = name;
    this.#count = count;
    this.#fn = fn;
  }

  async compute(batch: StreamBatch): Promise<Dataset> {
    const parents = await parentBatches(batch, this.name, this.#count);
    const made = await this.#fn(parents, batch.time);
    const { lineageOf } = await lineages.open();
    this.#lineage = lineageOf(made, parents);
    return made;
  }

  lineage(): Lineage | undefined {
    return this.#lineage;
  }
}
