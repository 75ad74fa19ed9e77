/** What an input logs of what it receives: operations on its blocks, in order, so that they can be done again. */
export type Logged =
  | { readonly kind: "text"; readonly bytes: Uint8Array }
  | { readonly kind: "line-end" }
  /** Rows of the row codec, part of the open block. */
  | { readonly kind: "rows"; readonly bytes: Uint8Array }
  /** Rows of the row codec, a block of their own. */
  | { readonly kind: "block"; readonly bytes: Uint8Array }
  /** Columns, as a plan has them. */
  | { readonly kind: "frames"; readonly packed: readonly unknown[] }
  /** The open block ends. */
  | { readonly kind: "cut" };

/** The log of one input. Positions count operations, from 0. */
export interface InputLog {
  /** Of the next operation. */
  readonly position: number;
  /** Operations of other processes, from a position on. */
  after(position: number): readonly Logged[];
  /** Takes the next operation; it copies bytes that it has not written when this returns. */
  add(logged: Logged): void;
  /** Resolves when all operations so far are durable; undefined where they are. Rejects where they cannot be. */
  durable(): Promise<void> | undefined;
  /** As `durable`, where so much is not durable that more should wait. */
  ready(): Promise<void> | undefined;
}
