import { existsSync } from "node:fs";
import type { ListenAddress, SiteConfig } from "../config/site-config.ts";
import { runCommand } from "../files/run-command.ts";
import type { CommandOutcome } from "../files/run-command.ts";
import type { SitePaths } from "../site/site-paths.ts";
import { readSupervisorStatus } from "./supervisor-status.ts";
import type { SupervisorStatus } from "./supervisor-status.ts";

const SYSTEMCTL_TIMEOUT_MS = 120_000;
const UNITS = ["shortline.socket", "shortline.service"];

/** What keeps the service running at a site. */
export type RunningService =
  | { readonly kind: "stopped"; readonly address: ListenAddress }
  | { readonly kind: "systemd"; readonly address: ListenAddress }
  | {
      readonly kind: "supervisor";
      readonly address: ListenAddress;
      readonly status: SupervisorStatus;
    };

/** Finds out whether the service runs, and under what. */
export async function findRunningService(
  paths: SitePaths,
  config: SiteConfig,
): Promise<RunningService> {
  const status = readSupervisorStatus(paths);
  if (status !== null) return { kind: "supervisor", address: status.address, status };
  const address = config.listen;
  if (!hasSystemd(paths)) return { kind: "stopped", address };
  const active = await systemctl(["is-active", ...UNITS]);
  // One line per unit; a socket that waits for its first connection counts as running.
  return { kind: active.stdout.split("\n").includes("active") ? "systemd" : "stopped", address };
}

/** Whether systemd runs this machine and the site is the machine's own. */
export function hasSystemd(paths: SitePaths): boolean {
  return paths.prefix === "/" && existsSync("/run/systemd/system");
}

/** Runs systemctl. */
export function systemctl(args: readonly string[]): Promise<CommandOutcome> {
  return runCommand({ file: "systemctl", args, timeoutMs: SYSTEMCTL_TIMEOUT_MS });
}
