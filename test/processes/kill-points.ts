import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "vitest";
import { random } from "../support/property.js";
import { Child } from "./child.js";

/** Where the job can be told to end itself. */
export const POINTS: readonly string[] = [
  ...["open log", "link log", "unlink log", "open generation", "rename generation", "open segment", "rename segment"],
  ...["unlink generation", "unlink segment", "open received", "mkdir _temporary", "open _temporary"],
  ...["rename part-", "open _SUCCESS", "rm _temporary"],
]
  .flatMap((call) => [`before ${call}`, `after ${call}`])
  .concat(["before store", "after store", "after acknowledgement", "begin", "write", "before commit", "after commit"])
  .concat(["output", "found", "started"]);

const KEYS = 5;
const LIFE_MS_MIN = 150;
const LIFE_MS_MAX = 2000;
/** A point that the job does not come to by then is left, and the job is killed all the same. */
const POINT_MS_MAX = 8000;
const FEED_MS = 25;
/** While so many lines are not acknowledged no more come: a job that is killed before it gets anywhere must not find more each time. */
const UNACKNOWLEDGED_MAX = 200;
/** After the last record, until all windows have passed. */
const LAST_MS = 1000;
const WINDOW_BATCHES = 4;

/** Gives the job records: files, and lines over a socket until they are acknowledged. */
class Feed {
  readonly #folder: string;
  readonly #counts = new Map<string, number>();
  readonly #server: Server;
  #unacknowledged: Array<readonly [sequence: number, line: string]> = [];
  #socket: Socket | undefined;
  #sequence = 0;
  #files = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, "in"), { recursive: true });
    this.#server = createServer((socket) => this.#connected(socket));
  }

  async begin(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#timer = setInterval(() => this.#give(), FEED_MS);
    return (this.#server.address() as { port: number }).port;
  }

  /** No more records. */
  end(): void {
    clearInterval(this.#timer);
  }

  close(): void {
    this.end();
    this.#socket?.destroy();
    this.#server.close();
  }

  get isAcknowledged(): boolean {
    return this.#unacknowledged.length === 0;
  }

  /** How many records each key has. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  #give(): void {
    if (this.#unacknowledged.length >= UNACKNOWLEDGED_MAX) return;
    const name = `${String(this.#files++).padStart(6, "0")}.txt`;
    const lines = Array.from({ length: KEYS }, (_, key) => this.#next(`f${key}`));
    writeFileSync(join(this.#folder, name), `${lines.join("\n")}\n`);
    renameSync(join(this.#folder, name), join(this.#folder, "in", name));
    for (let key = 0; key < KEYS; key++) {
      const record = [++this.#sequence, this.#next(`s${key}`)] as const;
      this.#unacknowledged.push(record);
      this.#socket?.write(`${record.join(" ")}\n`);
    }
  }

  #next(key: string): string {
    const number = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, number);
    return `${key} ${number}`;
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    socket.on("error", () => {});
    for (const record of this.#unacknowledged) socket.write(`${record.join(" ")}\n`);
    const lines = createInterface({ input: socket });
    // It gives the errors of its socket on.
    lines.on("error", () => {});
    lines.on("line", (line) => {
      this.#unacknowledged = this.#unacknowledged.filter(([sequence]) => sequence > Number(line));
    });
  }
}

export interface KillPointsOptions {
  readonly folder: string;
  readonly seed: number;
  readonly randomKills: number;
  readonly points: readonly string[];
}

/** What was done to the job. */
export interface KillPointsResult {
  readonly kills: number;
  /** Of these, those at a point. */
  readonly atPoints: number;
  readonly records: number;
}

/** Kills the job at random times and at named points, then lets it come to its end, and counts. */
export async function killAtPoints({
  folder,
  seed,
  randomKills,
  points,
}: KillPointsOptions): Promise<KillPointsResult> {
  const next = random(seed);
  const feed = new Feed(folder);
  const port = await feed.begin();
  const plans = [...Array.from({ length: randomKills }, () => undefined), ...points]
    .map((point) => ({ point, at: next() }))
    .sort((a, b) => a.at - b.at);
  let atPoints = 0;
  try {
    for (const { point } of plans) {
      const count = 1 + Math.floor(next() * 3);
      const child = new Child("kill-job.mjs", [folder, String(port)], point ? { KILL_AT: `${point} ${count}` } : {});
      const lifeMs = point ? POINT_MS_MAX : LIFE_MS_MIN + next() * (LIFE_MS_MAX - LIFE_MS_MIN);
      let isLeft = false;
      const timer = setTimeout(() => {
        isLeft = true;
        child.signal("SIGKILL");
      }, lifeMs);
      await child.exited;
      clearTimeout(timer);
      expect(child.lines.filter((line) => line.startsWith("failed"))).toEqual([]);
      expect(child.endedBy, `seed ${seed}: ${child.errors}`).toBe("SIGKILL");
      if (point && !isLeft) atPoints++;
    }
    feed.end();
    await finish(folder, port, feed);
  } finally {
    feed.close();
  }
  check(folder, feed.counts, seed);
  return { kills: plans.length, atPoints, records: [...feed.counts.values()].reduce((a, b) => a + b, 0) };
}

async function finish(folder: string, port: number, feed: Feed): Promise<void> {
  const child = new Child("kill-job.mjs", [folder, String(port)]);
  try {
    let batches = 0;
    let lastMs = Number.POSITIVE_INFINITY;
    for (let timeMs = 0; timeMs < lastMs; ) {
      timeMs = Number((await child.line(["batch"], ++batches)).split(" ")[1]);
      if (feed.isAcknowledged && lastMs === Number.POSITIVE_INFINITY) lastMs = Date.now() + LAST_MS;
    }
    child.say("stop");
    await child.line(["stopped"]);
  } finally {
    await child.kill();
  }
}

/** Every record once and in order in the folders of batches; every record of a file in as many windows as a window has batches. */
function check(folder: string, counts: ReadonlyMap<string, number>, seed: number): void {
  const batches = readdirSync(join(folder, "out")).sort((a, b) => timeOf(a) - timeOf(b));
  const last = new Map<string, number>();
  for (const batch of batches) {
    const path = join(folder, "out", batch);
    expect(existsSync(join(path, "_SUCCESS")), `seed ${seed}: ${batch} is whole`).toBe(true);
    for (const part of readdirSync(path).filter((name) => name.startsWith("part-"))) {
      for (const line of readFileSync(join(path, part), "utf8").split("\n").slice(0, -1)) {
        const [key, number] = line.split(" ") as [string, string];
        expect(Number(number), `seed ${seed}: ${line} in ${batch}`).toBe((last.get(key) ?? 0) + 1);
        last.set(key, Number(number));
      }
    }
  }
  expect(Object.fromEntries(last), `seed ${seed}`).toEqual(Object.fromEntries(counts));
  const { totals } = JSON.parse(readFileSync(join(folder, "totals.json"), "utf8"));
  const expected = [...counts]
    .filter(([key]) => key.startsWith("f"))
    .map(([key, count]) => [key, WINDOW_BATCHES * count]);
  expect(totals, `seed ${seed}`).toEqual(Object.fromEntries(expected));
}

function timeOf(batch: string): number {
  return Number(batch.slice("batch-".length));
}
