import type { Draw } from "../model/draw.js";
import { drawJson, drawNumber, drawString } from "./values.js";

/** What lines of text look like: cells with commas between, JSON, or anything. */
export type LineKind = "cells" | "json" | "text";

const LINES_MAX = 8;

/** The lines of a batch. */
export function drawLines(draw: Draw, kind: LineKind): string[] {
  return draw.list(draw.chance(0.1) ? 0 : draw.int(1, LINES_MAX), () => drawLine(draw, kind).replace(/[\r\n]/g, " "));
}

function drawLine(draw: Draw, kind: LineKind): string {
  if (draw.chance(0.02)) return drawString(draw);
  switch (kind) {
    case "cells": {
      const cells = [draw.pick(["a", "b", "c", "", "\u{1f600}"]), String(drawNumber(draw)), drawString(draw)];
      return cells.slice(0, draw.chance(0.98) ? 3 : draw.int(1, 2)).join(",");
    }
    case "json":
      return JSON.stringify(draw.chance(0.98) ? recordOf(draw) : drawJson(draw, 2));
    case "text":
      return draw.chance(0.5)
        ? draw.list(draw.int(0, 5), () => draw.pick(["a", "b", "c", "", "42"])).join(" ")
        : drawString(draw);
  }
}

/** Fields that mostly hold what their names say. */
function recordOf(draw: Draw): object {
  const number = drawNumber(draw);
  return {
    id: draw.int(0, 3),
    name: draw.pick(["a", "b", "c", "", "\u{1f600}", drawString(draw)]),
    price: Number.isFinite(number) ? number : null,
    ...(draw.chance(0.98) && { tags: draw.list(draw.int(0, 3), () => draw.pick(["a", "b", "", "x y"])) }),
    ...(draw.chance(0.98) && { user: drawJson(draw, 2), ok: draw.chance(0.5) }),
    ...(draw.chance(0.98) && { n: draw.chance(0.9) ? draw.int(-3, 9) : drawJson(draw, 1) }),
  };
}
