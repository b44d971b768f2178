import { setTimeout as wait } from "node:timers/promises";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import type { SitePaths } from "../site/site-paths.ts";
import { systemctl } from "./running-service.ts";
import type { RunningService } from "./running-service.ts";
import { readSupervisorStatus } from "./supervisor-status.ts";

/**
 * The second try is for a reload that another command had asked for before: its end
 * may be seen first, and it may have been about another release.
 */
const RELOAD_TRIES = 2;
const RELOADED_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 20;

/** Makes the running service go over to the current release; a stopped one stays stopped. */
export async function reloadService(
  paths: SitePaths,
  service: RunningService,
): Promise<SiteResult<null>> {
  if (service.kind === "stopped") return done(null);
  return service.kind === "systemd" ? restartUnit() : reloadSupervisor(paths);
}

/** Makes systemd read the units again. */
export async function reloadUnits(): Promise<SiteResult<null>> {
  return runSystemctl(["daemon-reload"], "Look at: systemctl status, then run the command again.");
}

async function restartUnit(): Promise<SiteResult<null>> {
  const reloaded = await reloadUnits();
  if (!reloaded.ok) return reloaded;
  return runSystemctl(["restart", "shortline.service"], "Look at: journalctl -u shortline.service");
}

async function runSystemctl(args: readonly string[], next: string): Promise<SiteResult<null>> {
  const outcome = await systemctl(args);
  if (outcome.exitCode === 0) return done(null);
  const message = `systemctl ${args.join(" ")} failed: ${outcome.stderr.trim()}`;
  return failed("command-failed", message, next);
}

async function reloadSupervisor(paths: SitePaths): Promise<SiteResult<null>> {
  let problem = "";
  for (let attempt = 1; attempt <= RELOAD_TRIES; attempt += 1) {
    const before = readSupervisorStatus(paths);
    // It ended meanwhile: the current release serves when somebody starts it again.
    if (before === null) return done(null);
    process.kill(before.owner.pid, "SIGHUP");
    const found = await waitForReload(paths, before.reloads);
    if (found === null) return done(null);
    problem = found;
  }
  return failed(
    "service-unhealthy",
    `The release does not start: ${problem}`,
    "Look at the log files.",
  );
}

async function waitForReload(paths: SitePaths, reloadsBefore: number): Promise<string | null> {
  const deadline = performance.now() + RELOADED_WITHIN_MS;
  while (performance.now() < deadline) {
    const status = readSupervisorStatus(paths);
    if (status === null) return null;
    if (status.reloads > reloadsBefore) return status.reloadFailure;
    await wait(LOOK_EVERY_MS);
  }
  return "the supervisor did not answer";
}
