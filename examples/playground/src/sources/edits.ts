import { randomFrom, zipf } from "./random.js";

const SEED = 2001;
const START_SECONDS = 1_767_225_600;

const WIKIS = ["en", "de", "fr", "es", "ja", "ru", "it", "zh", "pt", "pl", "nl", "sv", "uk", "ar", "cs", "fi"];
const PLACES = [
  "Ely",
  "Arles",
  "Bruges",
  "Kinderdijk",
  "Lyme",
  "Toledo",
  "Hama",
  "Ghent",
  "Riga",
  "Porto",
  "Basel",
  "Lucca",
];
const THINGS = [
  "Watermill",
  "Canal",
  "Aqueduct",
  "Weir",
  "Millrace",
  "Harbour",
  "Lock",
  "Bridge",
  "Reservoir",
  "Fountain",
];
const COMMENTS = [
  "fix typo",
  "add source",
  "copy edit",
  "update figures",
  "new section",
  "revert",
  "categories",
  "link repair",
];

function typeFor(chance: number): string {
  if (chance < 0.66) return "edit";
  if (chance < 0.86) return "categorize";
  return chance < 0.93 ? "log" : "new";
}

/** Edits of wikis, a JSON text each, in the shape of Wikimedia's `recentchange` events: the same ones each time. */
export function editLines(count: number): string[] {
  const random = randomFrom(SEED);
  const wiki = zipf(WIKIS, random);
  const title = zipf(
    THINGS.flatMap((thing) => PLACES.map((place) => `${thing} of ${place}`)),
    random,
  );
  const comment = zipf(COMMENTS, random);
  const userNumber = zipf(
    Array.from({ length: 4_000 }, (_, index) => index),
    random,
  );
  return Array.from({ length: count }, (_, index) => {
    const language = wiki();
    const bot = random() < 0.18;
    const old = Math.floor(200 + random() ** 2 * 60_000);
    const type = typeFor(random());
    const grown = Math.floor((random() ** 4 - 0.06) * 2_400);
    return JSON.stringify({
      id: 1_600_000_000 + index,
      type,
      namespace: random() < 0.8 ? 0 : 4,
      title: title(),
      comment: comment(),
      timestamp: START_SECONDS + Math.floor(index / 40),
      user: bot ? `Mill${userNumber() % 40}Bot` : `Editor ${userNumber()}`,
      bot,
      minor: random() < 0.3,
      // Only what changes the text of a page has lengths, and a new page has no old one.
      ...(type === "edit" && { length: { old, new: Math.max(0, old + grown) } }),
      ...(type === "new" && { length: { old: null, new: old } }),
      server_name: `${language}.wikipedia.org`,
      wiki: `${language}wiki`,
    });
  });
}
