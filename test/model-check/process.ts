/**
 * A process that writes a checkpoint, as the model has it: one call of its store at a time, so that it can be left at any of them for as long as anybody likes. What it does is what
 * `src/checkpoint` does; `Rules` has the places where planted bugs do something else.
 */
import { entryOf, type Kind, type Store, segmentEpoch, segmentOf } from "./store.js";

/** How the protocol does what could be done otherwise, and wrongly. */
export interface Rules {
  /** How a process that has written an entry knows that nobody else goes on: no generation is of that entry or a later one; the entry before is there. */
  readonly fence: "generations" | "entry-before" | "none";
  readonly commit: "if-absent" | "overwrite";
  readonly outputs: "after-plan" | "before-plan";
  /** When a generation is written, beside the segments of its runs. */
  readonly generation: "after-segments" | "before-segments";
  /** When what older generations need is deleted. */
  readonly deletion: "after-generation" | "before-generation";
  /** What of the log is deleted: up to the older of two generations, or up to the newest. */
  readonly deleted: "before-older" | "before-newest";
  /** Which segments that its own generations do not need a process deletes: of its epoch or those before, and needed by no generation that is there; the first alone; all. */
  readonly segments: "needed-by-none" | "up-to-own-epoch" | "all";
  /** Whether a process makes a generation only after an entry that it began to write when the one before was there. */
  readonly making: "after-own-entry" | "at-once";
  /** Runs that are not merged. */
  readonly runsMax: number;
  /** What is listed first when a job is looked for. */
  readonly listed: "log-first" | "generations-first";
}

export const PROTOCOL: Rules = {
  fence: "generations",
  commit: "if-absent",
  outputs: "after-plan",
  generation: "after-segments",
  deletion: "after-generation",
  deleted: "before-older",
  segments: "needed-by-none",
  making: "after-own-entry",
  runsMax: 2,
  listed: "log-first",
};

/** Where a process is: what it does next. */
const STEPS = ["list", "read", "write", "check", "output", "ended"] as const;
/** Where its maker of generations is. */
const MAKING = ["idle", "flush", "merge", "generation", "list", "delete", "needed", "segments", "erase"] as const;
export class Process {
  /** Tells it from the others. */
  readonly id: number;
  step: (typeof STEPS)[number] = "list";
  /** What it writes, or has just written. */
  writes: Kind = "opened";
  epoch = 0;
  /** Number of the entry that it writes next. */
  next = 0;
  /** The newest generation that it knows of, and its segments. */
  newestGeneration = 0;
  needed: readonly number[] = [];
  runs: readonly number[] = [];
  written = 0;
  /** The newest entry that it may have begun to write before its newest generation was there. */
  begunBefore = 0;
  making: (typeof MAKING)[number] = "idle";
  /** The entry that the generation is of. */
  at = 0;
  /** Keys that are to be deleted: places of generations as negative numbers, then numbers of entries; segments. */
  queue: readonly number[] = [];
  /** What it lacks that it needs to go on. */
  failed: string | undefined;

  constructor(id: number) {
    this.id = id;
  }

  clone(): Process {
    return Object.assign(new Process(this.id), this);
  }

  key(): string {
    const { id, epoch, next, newestGeneration, needed, runs, written, begunBefore, at, queue } = this;
    const places = [STEPS.indexOf(this.step), MAKING.indexOf(this.making), this.writes.charCodeAt(0)];
    const numbers = [id, epoch, next, newestGeneration, written, begunBefore, at, needed.length, ...needed];
    return String.fromCharCode(
      ...places,
      ...numbers,
      runs.length,
      ...runs,
      queue.length,
      ...queue.map((n) => n & 0xff),
    );
  }

  /** The next call of its store for batches; says what it was, or what must not be. */
  advance(store: Store, rules: Rules, batchesMax: number): string {
    const { step } = this;
    if (step === "list") return this.#list(store, rules);
    if (step === "read") return this.#read(store, rules);
    if (step === "output") return this.#output(store);
    if (step === "write") return this.#write(store, rules, batchesMax);
    return this.#check(store, rules, batchesMax);
  }

  #list(store: Store, { listed }: Rules): string {
    this.step = "read";
    if (listed === "generations-first") {
      const basis = store.basis();
      if (basis === "none") this.#end();
      else if (basis) [this.newestGeneration, this.runs] = [basis.at, basis.segments];
      return "lists generations";
    }
    this.next = store.newest + 1;
    return `lists the log up to ${this.next - 1}`;
  }

  /** Reads are one step: what is read does not change, and may be gone. */
  #read(store: Store, { listed }: Rules): string {
    if (listed === "generations-first") this.next = store.newest + 1;
    const basis = listed === "generations-first" ? this.#listedBefore() : store.basis();
    const from = basis === "none" ? 0 : (basis?.at ?? 0);
    const isThere = basis !== "none" && store.log.slice(from + 1, this.next).every((entry) => entry !== 0);
    if (!isThere) {
      this.#end();
      return "finds entries gone that others delete";
    }
    this.newestGeneration = from;
    this.runs = basis ? basis.segments : [];
    this.needed = this.runs;
    this.epoch = 1 + store.history.slice(0, this.next - 1).filter((entry) => entry >> 12 === 1).length;
    this.step = "write";
    return `reads generation ${from} and the log up to ${this.next - 1}`;
  }

  #listedBefore() {
    return this.newestGeneration === 0 ? undefined : { at: this.newestGeneration, segments: this.runs };
  }

  #write(store: Store, { commit }: Rules, batchesMax: number): string {
    const { pending, committed } = store.batches(this.next - 1);
    const batch = this.writes === "opened" ? 0 : this.writes === "planned" ? committed + 1 : pending || batchesMax;
    const entry = entryOf(this.writes, this.epoch, this.id, batch);
    const onlyNew = this.writes !== "committed" || commit === "if-absent";
    if (store.append(this.next, entry, onlyNew)) {
      this.step = "check";
      return `writes entry ${this.next}: ${this.writes} ${batch || ""}`;
    }
    this.#end();
    return `finds entry ${this.next} of another`;
  }

  #check(store: Store, { fence, making, outputs }: Rules, batchesMax: number): string {
    const number = this.next;
    const newest = store.generations.at(-1)?.at ?? 0;
    const goesOn =
      fence === "none" || (fence === "generations" ? newest < number : number === 1 || store.log[number - 1] !== 0);
    if (!goesOn) {
      this.#end();
      return `finds that others have gone on after entry ${number}`;
    }
    this.next = number + 1;
    const mayMake = making === "at-once" || number > this.begunBefore;
    if (this.writes === "committed" && this.making === "idle" && mayMake) {
      this.making = "flush";
      this.at = number;
    }
    const { pending, committed } = store.batches(number);
    if (pending > 0) {
      const isOut = outputs === "before-plan" && this.writes === "planned";
      [this.step, this.writes] = [isOut ? "write" : "output", "committed"];
    } else if (committed >= batchesMax) this.step = "ended";
    else [this.step, this.writes] = [outputs === "before-plan" ? "output" : "write", "planned"];
    return `goes on after entry ${number}`;
  }

  #output(store: Store): string {
    const { pending, committed } = store.batches(this.next - 1);
    const batch = pending || committed + 1;
    const plan = store.history
      .slice(0, this.next - 1)
      .find((entry) => entry >> 12 === 2 && ((entry >> 4) & 15) === batch);
    store.outputs[batch - 1] = plan === undefined ? this.id : plan & 15;
    this.step = "write";
    return `shows the output of batch ${batch}`;
  }

  /** The next call of its store for a generation. */
  make(store: Store, rules: Rules): string {
    const { making } = this;
    if (making === "flush" || making === "merge") return this.#writeSegment(store, rules);
    if (making === "generation") return this.#writeGeneration(store, rules);
    if (making === "list") return this.#listDeleted(store, rules);
    if (making === "needed" || making === "segments") return this.#listSegments(store, rules);
    return this.#delete(store, rules);
  }

  #writeSegment(store: Store, rules: Rules): string {
    if (this.making === "merge" && !store.has(this.runs)) {
      this.#end();
      this.failed = "finds a segment gone that it needs";
      return this.failed;
    }
    const segment = segmentOf(this.epoch, this.written++);
    store.writeSegment(segment);
    const isMerged = this.making === "merge";
    this.runs = isMerged ? [segment] : [...this.runs, segment];
    if (!isMerged && this.runs.length > rules.runsMax) this.making = "merge";
    else if (rules.generation === "before-segments") this.#afterGeneration();
    else if (rules.deletion === "before-generation") this.making = "list";
    else this.making = "generation";
    return `writes segment ${segment}`;
  }

  #writeGeneration(store: Store, rules: Rules): string {
    const { at } = this;
    // A planted bug must know what it will write.
    const next = segmentOf(this.epoch, this.written);
    const early = this.runs.length < rules.runsMax ? [...this.runs, next] : [next + 1];
    const isEarly = rules.generation === "before-segments";
    store.writeGeneration({ at, segments: isEarly ? early : this.runs });
    if (isEarly) this.making = "flush";
    else if (rules.deletion === "before-generation") this.making = "idle";
    else this.#afterGeneration();
    return `writes generation ${at}`;
  }

  #afterGeneration(): void {
    this.begunBefore = this.next;
    this.making = "list";
  }

  #listDeleted(store: Store, { deleted, deletion }: Rules): string {
    const before = this.newestGeneration;
    const upTo = deleted === "before-newest" || deletion === "before-generation" ? this.at : before;
    const generations = store.generations.filter(({ at }) => at < upTo).map(({ at }) => -at);
    const entries = store.log.flatMap((entry, number) => (entry !== 0 && number > 1 && number <= upTo ? [number] : []));
    this.queue = before > 0 ? [...generations, ...entries] : [];
    this.making = "delete";
    return `lists what is older than generation ${upTo}`;
  }

  /** First what is needed, then what is there. */
  #listSegments(store: Store, { segments, deleted }: Rules): string {
    if (this.making === "needed") {
      const others =
        segments === "needed-by-none" ? store.generations.flatMap((generation) => generation.segments) : [];
      const own = deleted === "before-newest" ? this.runs : [...this.needed, ...this.runs];
      this.queue = [...new Set([...others, ...own])].sort((a, b) => a - b);
      this.making = "segments";
      return "lists the segments that are needed";
    }
    const isOwn = (segment: number) => segments === "all" || segmentEpoch(segment) <= this.epoch;
    this.queue = store.segments.filter((segment) => isOwn(segment) && !this.queue.includes(segment));
    this.making = "erase";
    return "lists the segments";
  }

  #delete(store: Store, { deletion }: Rules): string {
    const [key, ...rest] = this.queue;
    this.queue = rest;
    const isSegment = this.making === "erase";
    if (key === undefined) {
      if (!isSegment) this.making = "needed";
      else {
        [this.newestGeneration, this.needed] = [this.at, this.runs];
        this.making = deletion === "before-generation" ? "generation" : "idle";
      }
      return "has deleted all";
    }
    if (isSegment) store.segments = store.segments.filter((segment) => segment !== key);
    else if (key < 0) store.generations = store.generations.filter(({ at }) => at !== -key);
    else store.log[key] = 0;
    return `deletes ${isSegment ? "segment" : key < 0 ? "generation" : "entry"} ${Math.abs(key)}`;
  }

  /** It writes nothing more. */
  #end(): void {
    this.step = "ended";
    this.making = "idle";
    this.queue = [];
  }
}
