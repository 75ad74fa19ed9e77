import type { Shape } from "../messages.js";
import { generator } from "./generator.js";
import type { Lines, Source } from "./source.js";

const FEED = "https://stream.wikimedia.org/v2/stream/recentchange";
const OPEN_MS_MAX = 6_000;
/** Edits that wait for a batch at most: a page that is not looked at forgets the oldest. */
const WAITING_MAX = 20_000;

/**
 * Edits of all Wikimedia's wikis as they happen: as they come, or the words of their titles and comments. Where the feed cannot be reached, made up edits of
 * the same shape, which say so.
 */
export async function liveSource(shape: Shape): Promise<Source> {
  const feed = new EventSource(FEED);
  if (!(await opens(feed))) {
    feed.close();
    const what = shape === "edits" ? "edits of the same shape" : "sentences";
    return generator(shape, `Wikimedia's feed cannot be reached from here. These are made up ${what} instead.`);
  }
  const waiting: string[] = [];
  feed.addEventListener("message", ({ data }: MessageEvent<string>) => {
    const line = shape === "edits" ? data : wordsOf(data);
    if (line === "") return;
    if (waiting.length === WAITING_MAX) waiting.shift();
    waiting.push(line.replaceAll(/[\r\n]+/g, " "));
  });
  const encoder = new TextEncoder();
  return {
    about: "Edits of all Wikimedia's wikis, as they happen.",
    isFallback: false,
    sample:
      shape === "edits"
        ? `{"type":"edit","title":"…","user":"…","wiki":"enwiki", …}`
        : "a title and what was done to it",
    async take(countMax): Promise<Lines> {
      const lines = waiting.splice(0, countMax);
      const bytes = encoder.encode(lines.map((line) => `${line}\n`).join(""));
      return { chunks: lines.length > 0 ? [bytes] : [], count: lines.length, isLast: false };
    },
    close: () => feed.close(),
  };
}

function opens(feed: EventSource): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), OPEN_MS_MAX);
    const settle = (isOpen: boolean): void => {
      clearTimeout(timer);
      resolve(isOpen);
    };
    feed.addEventListener("open", () => settle(true), { once: true });
    feed.addEventListener("error", () => settle(false), { once: true });
  });
}

function wordsOf(data: string): string {
  const { title = "", comment = "" } = JSON.parse(data) as { title?: string; comment?: string };
  return `${title} ${comment}`.trim();
}
