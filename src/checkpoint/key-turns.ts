/** Runs what is asked for one key in the order in which it was asked, and for several keys side by side. */
export class KeyTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** What `run` resolves to, which is called when all that was asked for the key before has ended. */
  take<T>(key: string, run: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const turn = before === undefined ? run() : before.then(run, run);
    this.#last.set(key, turn);
    const leave = () => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    };
    turn.then(leave, leave);
    return turn;
  }

  isIdle(key: string): boolean {
    return !this.#last.has(key);
  }
}
