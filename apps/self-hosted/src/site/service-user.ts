import { chownSync, readFileSync, statSync } from "node:fs";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { runCommand } from "../files/run-command.ts";
import type { SitePaths } from "./site-paths.ts";

const SERVICE_USER = "shortline";
const USERADD_TIMEOUT_MS = 30_000;

export type UserIds = { readonly uid: number; readonly gid: number };

/**
 * The user that the service runs as: `shortline`, made when it is missing, for root on
 * the machine's own site; null where everything belongs to the calling user.
 */
export async function ensureServiceUser(
  paths: SitePaths,
  isRoot: boolean,
): Promise<SiteResult<UserIds | null>> {
  if (!isRoot || paths.prefix !== "/") return done(null);
  const existing = findUser();
  if (existing !== null) return done(existing);
  const home = [
    "--home-dir",
    paths.dataDirectory,
    "--no-create-home",
    "--shell",
    "/usr/sbin/nologin",
  ];
  const args = ["--system", "--user-group", ...home, SERVICE_USER];
  const outcome = await runCommand({ file: "useradd", args, timeoutMs: USERADD_TIMEOUT_MS });
  const created = findUser();
  if (outcome.exitCode === 0 && created !== null) return done(created);
  const message = `The user ${SERVICE_USER} could not be made: ${outcome.stderr.trim()}`;
  return failed(
    "command-failed",
    message,
    `Make a system user and group named ${SERVICE_USER}, then run install again.`,
  );
}

/** Who owns the site's data: commands that touch the database run as this user. Null for the caller itself. */
export function dataOwner(paths: SitePaths, isRoot: boolean): UserIds | null {
  if (!isRoot) return null;
  const status = statSync(paths.dataDirectory, { throwIfNoEntry: false });
  return status === undefined || status.uid === 0 ? null : { uid: status.uid, gid: status.gid };
}

/** Refuses to serve as root what belongs to the service's user: files made now would lock it out later. */
export function checkServiceUser(paths: SitePaths, isRoot: boolean): SiteResult<null> {
  if (dataOwner(paths, isRoot) === null) return done(null);
  return failed(
    "wrong-user",
    `The data in ${paths.dataDirectory} belongs to another user, and this is root.`,
    `Run the command as that user, for example with: ${asServiceUser("shortlinectl supervise")}`,
  );
}

/** The command line by which root runs a command as the service's user. */
export function asServiceUser(command: string): string {
  return `setpriv --reuid=${SERVICE_USER} --regid=${SERVICE_USER} --init-groups ${command}`;
}

/** Hands paths over to a user; nothing where everything belongs to the caller. */
export function handOver(paths: readonly string[], owner: UserIds | null): void {
  if (owner === null) return;
  for (const path of paths) chownSync(path, owner.uid, owner.gid);
}

function findUser(): UserIds | null {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((one) => one.startsWith(`${SERVICE_USER}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) };
}
