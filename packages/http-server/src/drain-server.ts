import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import type { ConnectionTracker } from "./connection-tracker.ts";
import { drainIdleGraceMs } from "./server-limits.ts";

/** How draining went. */
export interface DrainResult {
  /** Requests answered after draining began. */
  readonly completed: number;
  /** Requests cut because the time was up. */
  readonly forced: number;
}

const idleSweepIntervalMs = 50;

/** Takes a server out of service without a client noticing, or at the latest after `timeoutMs`. */
export async function drainServer(
  server: Server,
  tracker: ConnectionTracker,
  timeoutMs: number,
): Promise<DrainResult> {
  tracker.startDraining();
  // http.Server's own close() would cut idle connections at once, on which a request may be under way.
  NetServer.prototype.close.call(server);
  const forced = await waitForConnections(tracker, timeoutMs);
  // Everything is closed; this only stops http.Server's timer.
  server.close(() => undefined);
  return { completed: tracker.completedWhileDraining, forced };
}

async function waitForConnections(tracker: ConnectionTracker, timeoutMs: number): Promise<number> {
  let forced = 0;
  let sweeping: ReturnType<typeof setInterval> | undefined;
  const grace = setTimeout(
    () => {
      tracker.closeIdle();
      sweeping = setInterval(() => tracker.closeIdle(), idleSweepIntervalMs);
    },
    Math.min(drainIdleGraceMs, timeoutMs),
  );
  const deadline = setTimeout(() => {
    forced = tracker.closeAll();
  }, timeoutMs);
  await tracker.whenEmpty();
  clearTimeout(grace);
  clearInterval(sweeping);
  clearTimeout(deadline);
  return forced;
}
