import { filter as ivmFilter, map as ivmMap } from "@tanstack/db-ivm";
import { op, from as tableFrom } from "arquero";
import { filter, map } from "rxjs";
import type { Peers } from "../support/bench.js";
import { linesOf } from "../support/lines.js";
import type { AdEvent, YsbInput } from "../support/ysb.js";
import { arqueroSide } from "./arquero.js";
import { duckSide, jsonRows } from "./duckdb.js";
import { counts, ivmSide } from "./ivm.js";
import { rxSide, sumByKey } from "./rxjs.js";

const WINDOW_MS = 10_000;

export const ysb: Peers<YsbInput> = ({ bytes, ads }) => {
  const adTable = tableFrom(Array.from(ads, ([ad_id, campaign]) => ({ ad_id, campaign })));
  return [
    duckSide({
      files: { events: bytes },
      tables: [
        "create table ads (ad_id varchar, campaign varchar)",
        `insert into ads values ${Array.from(ads, ([ad, campaign]) => `('${ad}', '${campaign}')`).join(", ")}`,
      ],
      query: ({ events }) => `
        select campaign || ' ' || (event_time // ${WINDOW_MS}) as key, count(*) as number
        from ${jsonRows(events!, { ad_id: "VARCHAR", event_type: "VARCHAR", event_time: "BIGINT" })}
        join ads using (ad_id)
        where event_type = 'view'
        group by campaign, event_time // ${WINDOW_MS}`,
      collects: true,
    }),
    rxSide(bytes, (lines) =>
      lines.pipe(
        map((line): AdEvent => JSON.parse(line)),
        filter(({ event_type }) => event_type === "view"),
        map(({ ad_id, event_time }): [string, number] => [
          `${ads.get(ad_id)} ${Math.floor(event_time / WINDOW_MS)}`,
          1,
        ]),
        sumByKey,
      ),
    ),
    ivmSide([bytes], (lines) =>
      counts(
        lines.pipe(
          ivmMap((line): AdEvent => JSON.parse(line)),
          ivmFilter(({ event_type }) => event_type === "view"),
          ivmMap(({ ad_id, event_time }) => `${ads.get(ad_id)} ${Math.floor(event_time / WINDOW_MS)}`),
        ),
      ),
    ),
    arqueroSide(() =>
      tableFrom(linesOf(bytes).map((line): AdEvent => JSON.parse(line)))
        .filter((event: AdEvent) => event.event_type === "view")
        .join(adTable, "ad_id")
        .derive({
          key: (event: AdEvent & { campaign: string }) => `${event.campaign} ${op.floor(event.event_time / 10_000)}`,
        })
        .groupby("key")
        .rollup({ number: op.count() }),
    ),
  ];
};
