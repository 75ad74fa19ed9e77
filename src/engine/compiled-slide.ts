import { typeOf } from "../lowering/compile/kernel-rows.js";
import type { SlidePlan } from "../plan/slide.js";
import { collecting, grouping } from "./compiled-update.js";
import type { SlideWork } from "./task.js";

/** The programs of a slide, built. */
type Built = Pick<SlideWork, "before" | "leaving" | "entering" | "grouped" | "after" | "type">;

const plansBuilt = new WeakMap<SlidePlan, Built>();

/** The programs of a plan, built once. */
export function builtSlide(plan: SlidePlan): Built {
  let built = plansBuilt.get(plan);
  if (built === undefined) {
    const { before, leaving, entering, grouped, after, type } = plan;
    built = {
      before: before && grouping(plan, before),
      leaving: leaving && grouping(plan, leaving),
      entering: entering && grouping(plan, entering),
      grouped,
      after: after && collecting(after, typeOf(after.row)),
      type,
    };
    plansBuilt.set(plan, built);
  }
  return built;
}
