/** A value that lambdas read, wherever they run. */
export interface Broadcast<T> {
  /** The value itself. */
  readonly value: T;
  /** Removes copies from other machines. */
  unpersist(): void;
}

/** A broadcast in one process: the value as it is, never copied. `capture` knows it by its class. */
export class SharedValue<T> implements Broadcast<T> {
  readonly value: T;

  constructor(value: T) {
    this.value = value;
    Object.freeze(this);
  }

  /** There are no copies in one process. */
  unpersist(): void {}
}
