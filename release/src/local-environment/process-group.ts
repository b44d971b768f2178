import { setTimeout as delay } from "node:timers/promises";
import { isSameProcess } from "../tools/process-identity.ts";
import { supervisorBounds, workerBounds } from "./environment-bounds.ts";

interface RecordedProcess {
  readonly pid: number;
  readonly processStart: string;
}

/** Signals a process and everything it started in its group. false: nothing of it lives. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Kills the recorded processes that still live, with their groups, and waits until they are gone.
 * Matched by pid and start time; without a start time nothing is killed, for it might be a stranger.
 */
export async function killOrphans(recorded: readonly RecordedProcess[]): Promise<void> {
  const orphans = recorded.filter(
    (one) => one.pid > 1 && one.processStart !== "" && isSameProcess(one),
  );
  for (const orphan of orphans) signalGroup(orphan.pid, "SIGKILL");
  const deadline = performance.now() + workerBounds.terminateMs;
  while (orphans.some(isSameProcess) && performance.now() < deadline)
    await delay(supervisorBounds.pollMs);
}
