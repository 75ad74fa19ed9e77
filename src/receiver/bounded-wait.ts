import type { Host } from "../host.js";

/** How long the end of a receiver waits for code that is not ours, in milliseconds of the host's time. */
export const STOP_WAIT_MS_MAX = 2000;

/** True where `work` settles, either way, within `ms` of the host's time. */
export function isSettledWithin(host: Host, ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = host.setTimer(ms, () => resolve(false));
    const settled = () => {
      timer.cancel();
      resolve(true);
    };
    work.then(settled, settled);
  });
}

/** Waits until `work` settles, but no longer than `STOP_WAIT_MS_MAX`; then the operator is told that `what` goes on by itself. */
export async function waitForEnd(host: Host, what: string, work: Promise<unknown>): Promise<void> {
  if (await isSettledWithin(host, STOP_WAIT_MS_MAX, work)) return;
  host.warn(`millrace: ${what} has not ended within ${STOP_WAIT_MS_MAX} ms and is left behind.`);
}
