/**
 * The Yahoo streaming benchmark: views of ads, counted by campaign and window of 10 s. Events are lines of JSON of about 235 bytes, a third of them
 * views; 1,000 ads belong to 100 campaigns. (Chintapalli and others, "Benchmarking streaming computation engines", 2016.)
 */
import type { DStream } from "millrace";
import { linesOf } from "./lines.js";
import type { Alternation } from "./measure.js";
import { benchOf, type Question, type QuestionBench } from "./question.js";
import { indexesFrom } from "./random.js";
import { millraceSide, plainSide } from "./sides.js";

export interface AdEvent {
  readonly user_id: string;
  readonly page_id: string;
  readonly ad_id: string;
  readonly ad_type: string;
  readonly event_type: string;
  readonly event_time: number;
  readonly ip_address: string;
}

export interface YsbSize extends Alternation {
  readonly events: number;
}

export interface YsbInput {
  readonly bytes: Uint8Array;
  /** The campaign of each ad. */
  readonly ads: ReadonlyMap<string, string>;
}

/** Views by campaign and number of the window. */
export type Views = [key: [campaign: string, window: number], views: number];

const WINDOW_MS = 10_000;
const FIRST_EVENT_MS = 1_700_000_000_000;

const ADS = 1000;
const CAMPAIGNS = 100;
const AD_TYPES = ["banner", "modal", "sponsored-search", "mail", "mobile"];
const EVENT_TYPES = ["view", "click", "purchase"];

function ysbInput({ events }: YsbSize): YsbInput {
  const index = indexesFrom(1);
  const hex = (digits: number) =>
    index(16 ** digits)
      .toString(16)
      .padStart(digits, "0");
  const uuid = () => `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(6)}${hex(6)}`;
  const ads = new Map(Array.from({ length: ADS }, (_, ad) => [uuid(), `campaign-${ad % CAMPAIGNS}`]));
  const adIds = [...ads.keys()];
  const lines = Array.from({ length: events }, (_, event) => {
    const row: AdEvent = {
      user_id: uuid(),
      page_id: uuid(),
      ad_id: adIds[index(ADS)]!,
      ad_type: AD_TYPES[index(AD_TYPES.length)]!,
      event_type: EVENT_TYPES[index(EVENT_TYPES.length)]!,
      event_time: FIRST_EVENT_MS + event,
      ip_address: `${index(256)}.${index(256)}.${index(256)}.${index(256)}`,
    };
    return `${JSON.stringify(row)}\n`;
  });
  return { bytes: new TextEncoder().encode(lines.join("")), ads };
}

const viewPairs = (views: Iterable<Views>) =>
  Array.from(views, ([[campaign, window], count]): [string, number] => [`${campaign} ${window}`, count]);

/** One of the ways to write the program. A run takes the counts into JavaScript. */
export interface YsbProgram extends Pick<Question<YsbSize, YsbInput>, "name" | "question" | "notMeasured" | "aims"> {
  readonly build: (lines: DStream<string>, ads: ReadonlyMap<string, string>) => DStream<Views>;
}

export function ysbBench({ build, ...about }: YsbProgram): QuestionBench<YsbSize> {
  return benchOf({
    ...about,
    sizes: {
      small: { events: 3000, rounds: 2, warmUpRounds: 1 },
      large: { events: 100_000, rounds: 11, warmUpRounds: 3 },
    },
    input: ysbInput,
    bytes: ({ bytes }) => bytes.length,
    millrace: ({ bytes, ads }, master) => [
      millraceSide({
        what: `Millrace, ${master}`,
        master,
        batches: [[bytes]],
        build: (lines) => build(lines, ads),
        output: (rdd) => rdd.collect(),
        result: async (rdd) => viewPairs(await rdd.collect()),
      }),
    ],
    others: (input) => [
      plainSide(
        () => countViews(input),
        (counts) => counts,
      ),
    ],
  });
}

function countViews({ bytes, ads }: YsbInput): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of linesOf(bytes)) {
    const event: AdEvent = JSON.parse(line);
    if (event.event_type !== "view") continue;
    const key = `${ads.get(event.ad_id)} ${Math.floor(event.event_time / WINDOW_MS)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
