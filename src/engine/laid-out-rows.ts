import type { FrameBlock, RowsBlock } from "../block/block.js";
import { encodeTyped } from "../block/row-encoder.js";
import { BatchScope } from "../plan/scope.js";
import type { Threads } from "./threads.js";

/** Blocks whose frames stay when no batch needs them, those used last: small sides of joins, over and over. */
const KEPT_MAX = 8;
const HOST_THREAD = 0;

/** Rows that are JavaScript values as frames in the kernel's memory. Those wanted by a second scope are not of one batch: their frames are kept for the next ones. */
export class LaidOutRows {
  readonly #release: (scope: BatchScope) => void;
  readonly #kept = new Map<RowsBlock, Kept>();
  readonly #seen = new WeakSet<RowsBlock>();

  /** `release` ends a scope. */
  constructor(release: (scope: BatchScope) => void) {
    this.#release = release;
  }

  /** A frame with the rows, which `scope` owns from here on; undefined where they are not of one type that the kernel knows. */
  frameOf(block: RowsBlock, scope: BatchScope, threads: Threads): FrameBlock | undefined {
    const { encoded } = scope;
    const known = encoded.get(block);
    if (known?.kind === "frame") return known;
    const frame = this.#kept.get(block)?.frame ?? this.#layOut(block, threads);
    if (frame === undefined) return undefined;
    scope.own(frame);
    encoded.set(block, frame);
    if (this.#seen.has(block)) this.#keep(block, frame);
    this.#seen.add(block);
    return frame;
  }

  #layOut({ rows }: RowsBlock, threads: Threads): FrameBlock | undefined {
    const typed = threads.guard((kernel) => encodeTyped(rows, kernel));
    if (typed === undefined) return undefined;
    const block: FrameBlock = { kind: "frame", type: typed.type, home: HOST_THREAD, ...typed.frame };
    threads.blocks.add(block);
    return block;
  }

  #keep(block: RowsBlock, frame: FrameBlock): void {
    const kept = this.#kept.get(block) ?? { frame, scope: new BatchScope() };
    if (!this.#kept.delete(block)) kept.scope.own(frame);
    this.#kept.set(block, kept);
    for (const [oldest, { scope }] of this.#kept) {
      if (this.#kept.size <= KEPT_MAX) return;
      this.#kept.delete(oldest);
      this.#release(scope);
    }
  }
}

interface Kept {
  readonly frame: FrameBlock;
  readonly scope: BatchScope;
}
