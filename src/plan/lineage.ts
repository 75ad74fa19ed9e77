import type { InputBlock } from "../block/block.js";
import { typeOfRows } from "../block/row-encoder.js";
import { refuse } from "../lowering/expression.js";
import type { Dataset, SourceDataset, StageDataset } from "./dataset.js";
import { begin, endOf, isEnd } from "./kernel-chain.js";
import { isLoaded } from "./partition-plan.js";
import type { OperatorForm } from "./stream-operator.js";

/** What a function made of the batches of streams, for `explain()`: no data, and nothing of the batches themselves. */
export type Lineage =
  /** The batch of a parent. */
  | { readonly kind: "parent"; readonly index: number }
  /** Of nothing: rows that are there; of several: their rows, or the sides of what brings them together. */
  | { readonly kind: "made"; readonly of: readonly Lineage[]; readonly form: OperatorForm };

/** Rows looked at to say of which type they are. */
const ROWS_SEEN_MAX = 256;

/** What a dataset is made of, down to the batches of `parents`. */
export function lineageOf(dataset: Dataset, parents: readonly Dataset[]): Lineage {
  const index = parents.indexOf(dataset);
  if (index >= 0) return { kind: "parent", index };
  const of = (...datasets: readonly Dataset[]) => datasets.map((each) => lineageOf(each, parents));
  switch (dataset.kind) {
    case "source":
      return { kind: "made", of: [], form: formOf(dataset) };
    case "narrow":
      return { kind: "made", of: of(dataset.parent), form: { kind: "narrow", operator: dataset.operator } };
    case "union":
      return { kind: "made", of: of(...dataset.parents), form: { kind: "union" } };
    case "coalesced":
      return { kind: "made", of: of(dataset.parent), form: { kind: "coalesce", count: dataset.partitionCount } };
    case "shuffle": {
      const { operator, join } = dataset;
      if (join === undefined) return { kind: "made", of: of(dataset.parent), form: { kind: "shuffle", operator } };
      return { kind: "made", of: of(...join.sides), form: { kind: "shuffle", operator, join: join.form } };
    }
    case "merge": {
      const form = { kind: "merge", operator: dataset.operator, why: "partitions that are divided alike" } as const;
      return { kind: "made", of: of(...dataset.parents), form };
    }
    case "stage":
      return { kind: "made", of: of(...dataset.parents), form: orderForm(dataset) };
  }
}

/** Of rows that many batches have. */
const formsOfSources = new WeakMap<SourceDataset, OperatorForm>();

function formOf(dataset: SourceDataset): OperatorForm {
  let form = formsOfSources.get(dataset);
  if (form === undefined) {
    form = formOfRows(dataset);
    formsOfSources.set(dataset, form);
  }
  return form;
}

/** Rows that are there already; JavaScript values are laid out where the other side of a join is bytes. */
function formOfRows({ partitions }: SourceDataset): OperatorForm {
  const about = "rows that are there";
  const blocks = partitions.flatMap((each): readonly InputBlock[] => (isLoaded(each) ? [] : each));
  const first = blocks.find((block) => block.kind !== "rows" || block.rows.length > 0);
  const isRead = partitions.some(isLoaded);
  if (first === undefined && !isRead) return { kind: "stage", name: "rows", why: "there are no rows" };
  if (first === undefined || first.kind === "slice") return { kind: "input", about, holdsRows: true };
  if (first.kind === "frame") return { kind: "input", about, holdsRows: false, type: first.type };
  const rows = first.rows.slice(0, ROWS_SEEN_MAX);
  if (typeof rows[0] === "string") return { kind: "input", about, holdsRows: true };
  const type = typeOfRows(rows);
  if (type) return { kind: "input", about, holdsRows: true, type };
  return { kind: "stage", name: "rows", why: "some rows are values of no type that the kernel knows" };
}

function orderForm({ name, ordered }: StageDataset): OperatorForm {
  const why = "all rows at once, on the host's thread";
  if (ordered === undefined) return { kind: "stage", name, why };
  return {
    kind: "stage",
    name,
    why,
    how: "puts rows in order",
    typeFor: (type) => {
      const end = endOf(begin(type), { kind: "order", operator: ordered });
      return isEnd(end) ? type : (end ?? refuse("the kernel has no such order"));
    },
  };
}
