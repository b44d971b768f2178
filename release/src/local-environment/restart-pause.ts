import { workerBounds } from "./environment-bounds.ts";

/**
 * How long to pause before a worker that ended is started again: 0, then 100 ms doubled each time up to a bound.
 * null: it ended too often within the window and is given up.
 * @param endedAtMs when it ended, oldest first, the last end included
 */
export function restartPauseMs(endedAtMs: readonly number[], nowMs: number): number | null {
  const recent = endedAtMs.filter((at) => nowMs - at < workerBounds.restartWindowMs).length;
  if (recent > workerBounds.restartsInWindow) return null;
  if (recent <= 1) return 0;
  return Math.min(
    workerBounds.firstRestartPauseMs * 2 ** (recent - 2),
    workerBounds.longestRestartPauseMs,
  );
}
