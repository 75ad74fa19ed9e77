/**
 * Bytes that were received and are not processed yet, against a limit: who brings more waits until there is room. A single portion larger than
 * the limit is taken when nothing else waits.
 */
export class Flow {
  readonly bytesMax: number;
  readonly parent: Flow | undefined;
  readonly #waiting = new Set<() => void>();
  #bytesHeld = 0;

  /** `parent` is a limit that holds as well, shared by several. */
  constructor(bytesMax: number, parent?: Flow) {
    this.bytesMax = bytesMax;
    this.parent = parent;
  }

  get bytesHeld(): number {
    return this.#bytesHeld;
  }

  /** Whether this limit, whatever its parent says, has no room for `bytes`. */
  isFullFor(bytes: number): boolean {
    return this.#bytesHeld > 0 && this.#bytesHeld + bytes > this.bytesMax;
  }

  hasRoom(bytes: number): boolean {
    return !this.isFullFor(bytes) && (this.parent === undefined || this.parent.hasRoom(bytes));
  }

  add(bytes: number): void {
    this.#bytesHeld += bytes;
    this.parent?.add(bytes);
  }

  /** Gives room back and wakes all who wait; they look again, in the order in which they came. */
  remove(bytes: number): void {
    this.#bytesHeld -= bytes;
    this.parent?.remove(bytes);
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when room is given back, here or in the parent, or when `wakeAll` is called: look again then. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      const forget = this.whenRoom(() => {
        forget();
        resolve();
      });
    });
  }

  /** Calls `wake` whenever room is given back, here or in the parent, until the returned function is called. */
  whenRoom(wake: () => void): () => void {
    this.#waiting.add(wake);
    const forgetParent = this.parent?.whenRoom(wake);
    return () => {
      this.#waiting.delete(wake);
      forgetParent?.();
    };
  }

  /** Wakes all who wait, because what they wait for has ended. */
  wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
