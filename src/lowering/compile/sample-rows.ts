import { abi } from "#kernel";
import { BOOLEAN } from "../../block/row-type.js";
import type { Scalar, Scalars } from "./scalars.js";

/** How rows are sampled: each with a probability or, with replacement, that many times on average. */
export interface Sampling {
  readonly withReplacement: boolean;
  readonly fraction: number;
}

/** Keeps a random sample of the rows, whose generator each task gives a seed. */
export function sampleRows(
  { graph }: Scalars,
  { withReplacement, fraction }: Sampling,
  filter: (kept: Scalar) => void,
): void {
  const taken = graph.newValue();
  const limit = withReplacement ? Math.exp(-fraction) : fraction;
  graph.add({
    op: abi.OP_SAMPLE,
    operands: [],
    imm: withReplacement ? 1 : 0,
    outputs: [taken],
    isEffect: true,
    data: () => new Uint8Array(Float64Array.of(limit).buffer),
  });
  if (!withReplacement) filter({ kind: "scalar", tags: BOOLEAN.tags, register: taken });
  else
    graph.bar({ kind: "expand", of: taken, piece: graph.newValue(), extra: abi.EXPAND_TIMES, data: new Uint8Array(0) });
}
