import { randomFrom, zipf } from "./random.js";

const SEED = 1797;
/** Lines after which the talk turns to something else. */
const TOPIC_LINES = 6_000;

const TOPICS: ReadonlyArray<readonly string[]> = [
  ["water", "wheel", "mill", "stone", "river", "weir", "sluice", "current", "paddle", "pond"],
  ["grain", "flour", "sack", "barley", "miller", "harvest", "bread", "oven", "field", "cart"],
  ["rain", "cloud", "valley", "spring", "meadow", "bridge", "heron", "willow", "bank", "trout"],
  ["gear", "shaft", "timber", "iron", "hammer", "saw", "forge", "axle", "belt", "workshop"],
];
const ARTICLES = ["the", "a", "its", "each", "one", "every", "another"];
const JOINERS = [
  "over",
  "under",
  "from",
  "with",
  "by",
  "below",
  "past",
  "through",
  "into",
  "beside",
  "along",
  "toward",
];
const ACTIONS = [
  "turns",
  "carries",
  "grinds",
  "runs",
  "falls",
  "rises",
  "moves",
  "fills",
  "feeds",
  "slows",
  "lifts",
  "holds",
];
const QUALITIES = [
  "old",
  "slow",
  "clear",
  "broad",
  "quiet",
  "heavy",
  "narrow",
  "deep",
  "wooden",
  "cold",
  "early",
  "steady",
];

/** Lines of prose about a mill: the same ones each time, of changing topics. */
export function textLines(count: number): string[] {
  const random = randomFrom(SEED);
  const article = zipf(ARTICLES, random);
  const joiner = zipf(JOINERS, random);
  const action = zipf(ACTIONS, random);
  const quality = zipf(QUALITIES, random);
  const nouns = TOPICS.map((topic, index) => zipf([...topic, ...TOPICS[(index + 1) % TOPICS.length]!], random));
  return Array.from({ length: count }, (_, index) => {
    const noun = nouns[Math.floor(index / TOPIC_LINES) % nouns.length]!;
    const second = random() < 0.5 ? `${quality()} ${noun()}` : noun();
    return `${article()} ${quality()} ${noun()} ${action()} ${joiner()} ${article()} ${second}`;
  });
}
