const DOUBLINGS_MAX = 10;

/** When the kernel is tried again with what it has left to JavaScript before: after two times, then twice as many each time it happens. */
export class BackOff {
  #bails = 0;
  #left = 0;

  /** Whether it is to be tried; counts this time. */
  attempt(): boolean {
    if (this.#left === 0) return true;
    this.#left -= 1;
    return false;
  }

  /** The kernel has left it to JavaScript. */
  bailed(): void {
    this.#bails = Math.min(this.#bails + 1, DOUBLINGS_MAX);
    this.#left = 2 ** this.#bails;
  }
}
