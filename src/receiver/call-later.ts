import type { Timer } from "../host.js";
import { ManualClock } from "../time/clock.js";
import type { InputContext } from "./input.js";

/**
 * Calls `fire` once after `delayMs` of the host's time; on a manual clock of that clock's time too, whichever is over first: what a receiver talks to
 * does not stand still with the clock, and a test need not wait.
 */
export function callLater(
  { engine, clock }: Pick<InputContext, "engine" | "clock">,
  delayMs: number,
  fire: () => void,
): Timer {
  let forget = () => {};
  const cancel = () => {
    timer.cancel();
    forget();
  };
  const once = () => {
    cancel();
    fire();
  };
  const timer = engine.host.setTimer(delayMs, once);
  if (clock instanceof ManualClock) {
    const dueMs = clock.now() + delayMs;
    forget = clock.subscribe({
      timeMoved: async (nowMs) => {
        if (nowMs >= dueMs) once();
      },
      isWaitingForCaller: () => false,
    });
  }
  return { cancel };
}
