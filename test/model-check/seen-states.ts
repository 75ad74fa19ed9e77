const SLOTS_FIRST = 1 << 16;
/** Of ten slots at most so many are taken. */
const TAKEN_OF_TEN = 7;

/**
 * A set of states, each known by 64 bits of a hash of its key: two states of some ten million are taken for one with a chance of one in a hundred thousand.
 */
export class SeenStates {
  #slots = new Uint32Array(2 * SLOTS_FIRST);
  size = 0;

  /** False where it was there. */
  add(key: string): boolean {
    if (10 * this.size >= (TAKEN_OF_TEN * this.#slots.length) / 2) this.#grow();
    let a = 0x9e3779b9;
    let b = 0x85ebca6b;
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b ^ unit, 0x5f356495);
      b ^= b >>> 13;
    }
    return this.#put(Math.imul(a ^ (b >>> 16), 0x7feb352d) >>> 0, (Math.imul(b ^ (a >>> 16), 0x846ca68b) | 1) >>> 0);
  }

  /** `b` is never 0: that says that a slot is free. */
  #put(a: number, b: number): boolean {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    for (let at = (a ^ (b >>> 7)) & mask; ; at = (at + 1) & mask) {
      if (slots[2 * at + 1] === 0) {
        slots[2 * at] = a;
        slots[2 * at + 1] = b;
        this.size++;
        return true;
      }
      if (slots[2 * at] === a && slots[2 * at + 1] === b) return false;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(2 * before.length);
    this.size = 0;
    for (let at = 0; at < before.length; at += 2) if (before[at + 1] !== 0) this.#put(before[at]!, before[at + 1]!);
  }
}
