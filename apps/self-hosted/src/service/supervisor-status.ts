import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { ListenAddress } from "../config/site-config.ts";
import { writeDurably } from "../files/write-durably.ts";
import { ownerState } from "../lock/process-owner.ts";
import type { ProcessOwner } from "../lock/process-owner.ts";
import type { SitePaths } from "../site/site-paths.ts";

/** What the supervisor says of itself in var/lib/shortline/run/supervise.pid. */
export type SupervisorStatus = {
  readonly schemaVersion: 1;
  readonly owner: ProcessOwner;
  readonly address: ListenAddress;
  /** The child that serves; null while one is being restarted. */
  readonly serving: { readonly pid: number; readonly version: string } | null;
  /** Reloads that ended, well or not, since the supervisor started. */
  readonly reloads: number;
  /** Why the newest reload failed; null when it did not. */
  readonly reloadFailure: string | null;
};

/** Publishes the status as a whole. */
export function writeSupervisorStatus(paths: SitePaths, status: SupervisorStatus): void {
  mkdirSync(dirname(paths.supervisorFile), { recursive: true });
  writeDurably(paths.supervisorFile, `${JSON.stringify(status)}\n`, 0o644);
}

/** The status of the supervisor that runs now, or null; a file that a dead one left counts as none. */
export function readSupervisorStatus(paths: SitePaths): SupervisorStatus | null {
  try {
    // Only writeSupervisorStatus writes this file, and always as a whole.
    const status = JSON.parse(readFileSync(paths.supervisorFile, "utf8")) as SupervisorStatus;
    const isTrusted = ownerState(status.owner) === "alive" && belongsToWriter(paths, status);
    return isTrusted ? status : null;
  } catch {
    return null;
  }
}

/** Root sends a signal to the pid in the file: whoever writes the file may name only processes of its own. */
function belongsToWriter(paths: SitePaths, status: SupervisorStatus): boolean {
  const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${status.owner.pid}/status`, "utf8"))?.[1];
  return uid === String(statSync(paths.supervisorFile).uid);
}

/** Takes the status away when the supervisor ends. */
export function removeSupervisorStatus(paths: SitePaths): void {
  rmSync(paths.supervisorFile, { force: true });
}
