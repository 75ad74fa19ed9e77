import { CheckpointError } from "../errors.js";
import type { Host } from "../host.js";
import type { JobImage } from "./job-image.js";

/** For how long, after what it wrote last, a process that runs is left alone. */
const LEASE_MS_MIN = 5000;
/** As it writes once an interval. */
const LEASE_INTERVALS = 2;

/**
 * Throws a `CheckpointError` "locked" where the process that writes a job runs on this host and wrote to its log lately: a start by mistake should not end it. No promise rests on that:
 * of two processes that both go on, one finds its entry taken. A process may take over from itself, and from one of another host.
 */
export function assertFree({ opened, wallMs, epoch }: JobImage, { processes }: Host, nowMs: number): void {
  const { host, process, intervalMs } = opened;
  if (processes === undefined || host !== processes.host || process === processes.own) return;
  const leaseMs = Math.max(LEASE_MS_MIN, LEASE_INTERVALS * intervalMs);
  // A clock that was set back says nothing of how long that is ago.
  const isRecent = Math.abs(nowMs - wallMs) < leaseMs;
  if (!isRecent || !processes.isAlive(process)) return;
  throw new CheckpointError(
    `Only one process may write a checkpoint, and process ${process} of ${host} does (epoch ${epoch}), which wrote ${Math.abs(nowMs - wallMs)} ms ago: stop that one first, ` +
      `or give another store. A process that has written nothing for ${leaseMs} ms can be taken over from.`,
    { code: "locked", details: { host, process, epoch } },
  );
}
