import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
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

/** Longest time to go on accepting where clients never stop to dial. */
const acceptLingerMs = 250;

/** Turns of the event loop without a new connection after which the queue counts as empty. */
const enoughQuietTurns = 3;

/** Takes a server out of service without a client noticing, or at the latest after `timeoutMs`. */
export async function drainServer(
  server: Server,
  tracker: ConnectionTracker,
  timeoutMs: number,
): Promise<DrainResult> {
  tracker.startDraining();
  await acceptWhoHasDialled(tracker, timeoutMs);
  // http.Server's own close() would cut idle connections at once, on which a request may be under way.
  NetServer.prototype.close.call(server);
  const forced = await waitForConnections(tracker, timeoutMs);
  // Everything is closed; this only stops http.Server's timer.
  server.close(() => undefined);
  return { completed: tracker.completedWhileDraining, forced };
}

/**
 * Closing a listening socket resets the connections that wait in its queue, whose clients take them
 * for established. So whoever dialled before draining began is let in first.
 */
async function acceptWhoHasDialled(tracker: ConnectionTracker, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + Math.min(acceptLingerMs, timeoutMs);
  let accepted = tracker.acceptedConnections;
  let quietTurns = 0;
  while (quietTurns < enoughQuietTurns && performance.now() < deadline) {
    await nextTurn();
    quietTurns = tracker.acceptedConnections === accepted ? quietTurns + 1 : 0;
    accepted = tracker.acceptedConnections;
  }
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
