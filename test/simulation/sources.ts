import type { Library } from "./library.js";
import type { Pair } from "./pipelines.js";

type Fate = "open" | "volatile" | "durable";

/** What became of every record that was given to the job, and what may have become of it. */
export class Ledger {
  readonly #fates = new Map<number, Fate>();
  /** How often a record was handed over, for sources that do so again. */
  readonly #sent = new Map<number, number>();

  sent(records: readonly Pair[]): void {
    for (const [, id] of records) {
      if (!this.#fates.has(id)) this.#fates.set(id, "open");
      this.#sent.set(id, (this.#sent.get(id) ?? 0) + 1);
    }
  }

  /** The job has said that it has them: for good, or until the process ends. */
  accepted(records: readonly Pair[], isDurable: boolean): void {
    for (const [, id] of records)
      if (this.#fates.get(id) !== "durable") this.#fates.set(id, isDurable ? "durable" : "volatile");
  }

  /** What the process that runs alone knows. */
  volatile(): number[] {
    return [...this.#fates].filter(([, fate]) => fate === "volatile").map(([id]) => id);
  }

  /** A batch is done, with these records at least. */
  batchDone(ids: readonly number[]): void {
    for (const id of ids) if (this.#fates.get(id) === "volatile") this.#fates.set(id, "durable");
  }

  /** A process has ended: what it alone knew may be lost. */
  ended(): void {
    for (const [id, fate] of this.#fates) if (fate === "volatile") this.#fates.set(id, "open");
  }

  /** What is wrong with the records that batches had, in all. */
  problems(records: readonly Pair[]): string[] {
    const found = new Map<number, number>();
    for (const [, id] of records) found.set(id, (found.get(id) ?? 0) + 1);
    const problems: string[] = [];
    for (const [id, count] of found) {
      const sent = this.#sent.get(id) ?? 0;
      if (count > sent) problems.push(`record ${id} is there ${count} times, and was sent ${sent} times`);
    }
    for (const [id, fate] of this.#fates)
      if (fate === "durable" && !found.has(id)) problems.push(`record ${id} was accepted and is lost`);
    return problems;
  }
}

/** A service that hands out records until they are acknowledged, to whoever is connected. */
export class Peer {
  readonly #ledger: Ledger;
  readonly #isLogged: boolean;
  #records: Pair[] = [];
  #connection: (() => void) | undefined;
  #restart: (() => void) | undefined;

  constructor(ledger: Ledger, isLogged: boolean) {
    this.#ledger = ledger;
    this.#isLogged = isLogged;
  }

  get left(): number {
    return this.#records.length;
  }

  offer(records: readonly Pair[]): void {
    this.#records.push(...records);
    this.#connection?.();
  }

  /** The connection is lost: the receiver makes another one. */
  disconnect(): void {
    this.#restart?.();
  }

  /** A receiver of blocks that acknowledges each when it is stored. */
  receiver({ Receiver }: Library, hasEnded: () => boolean): import("millrace").Receiver<Pair> {
    const peer = this;
    let connection = 0;
    return new (class extends Receiver<Pair> {
      onStart(): void {
        connection += 1;
        void this.#receive(connection).catch(() => {});
        peer.#restart = () => this.restart("the connection is lost", new Error("lost"), 100);
      }

      onStop(): void {
        connection += 1;
      }

      async #receive(own: number): Promise<void> {
        while (own === connection && !hasEnded()) {
          const block = peer.#records.slice(0, 3);
          if (block.length === 0) {
            await new Promise<void>((resolve) => {
              peer.#connection = resolve;
            });
            continue;
          }
          peer.#ledger.sent(block);
          await this.storeBlock(block);
          if (hasEnded()) return;
          peer.#acknowledge(block);
        }
      }
    })();
  }

  #acknowledge(block: readonly Pair[]): void {
    this.#ledger.accepted(block, this.#isLogged);
    this.#records = this.#records.filter((record) => !block.includes(record));
  }
}
