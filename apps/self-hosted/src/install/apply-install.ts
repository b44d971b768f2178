import { chmodSync, mkdirSync, readlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describeSystemError } from "../failure/describe-system-error.ts";
import { done } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { replaceSymlink, writeDurably } from "../files/write-durably.ts";
import { isComplete, releaseDirectory, switchCurrent } from "../releases/current-release.ts";
import { placeStaged, stageFromDirectory } from "../releases/place-release.ts";
import { reloadUnits } from "../service/reload-service.ts";
import { hasSystemd } from "../service/running-service.ts";
import { placeUnits } from "../site/place-units.ts";
import { ensureServiceUser, handOver } from "../site/service-user.ts";
import type { UserIds } from "../site/service-user.ts";
import type { SitePaths } from "../site/site-paths.ts";
import type { InstallPlan } from "./plan-install.ts";

const PRIVATE_FILE_MODE = 0o640;
const PRIVATE_DIRECTORY_MODE = 0o750;

/** Carries an install out. Cut off anywhere, running it again finishes it; the configuration comes last. */
export async function applyInstall(
  paths: SitePaths,
  plan: InstallPlan,
  isRoot: boolean,
): Promise<SiteResult<null>> {
  const user = await ensureServiceUser(paths, isRoot);
  if (!user.ok) return user;
  const { version } = plan.manifest;
  if (!isComplete(paths, version)) {
    const staged = await stageFromDirectory(paths, {
      directory: plan.sourceDirectory,
      manifest: plan.manifest,
    });
    if (!staged.ok) return staged;
  }
  try {
    if (!isComplete(paths, version)) placeStaged(paths, version);
    makeDirectories(paths, user.value);
    if (hasSystemd(paths)) {
      placeUnits(paths, releaseDirectory(paths, version), plan.config.listen);
      const reloaded = await reloadUnits();
      if (!reloaded.ok) return reloaded;
    }
    if (plan.allowedSigners !== null)
      writeDurably(paths.allowedSignersFile, plan.allowedSigners, 0o644);
    linkCommand(paths);
    switchCurrent(paths, version);
    if (plan.newConfig !== null) writeConfig(paths, plan.newConfig.text, user.value);
  } catch (error) {
    return { ok: false, failure: describeSystemError(error, `install under ${paths.prefix}`) };
  }
  return done(null);
}

function makeDirectories(paths: SitePaths, user: UserIds | null): void {
  const owned = [
    paths.dataDirectory,
    paths.backupsDirectory,
    paths.journalDirectory,
    paths.runDirectory,
    paths.logDirectory,
  ];
  for (const directory of [...owned, paths.configDirectory]) {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, PRIVATE_DIRECTORY_MODE);
  }
  // A supervisor runs as the service's user and writes its pid file and its lock.
  const served = [paths.dataDirectory, paths.logDirectory, paths.runDirectory, paths.lockFile];
  handOver(served, user);
  // Readable by the service, changeable by root only.
  if (user !== null) handOver([paths.configDirectory], { uid: 0, gid: user.gid });
  mkdirSync(dirname(paths.commandLink), { recursive: true });
}

/** The link is relative, so that a whole prefix can be moved or mounted elsewhere. */
function linkCommand(paths: SitePaths): void {
  const target = relative(
    dirname(paths.commandLink),
    join(paths.currentLink, "app", "shortlinectl"),
  );
  if (readLink(paths.commandLink) !== target) replaceSymlink(paths.commandLink, target);
}

function readLink(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}

function writeConfig(paths: SitePaths, text: string, user: UserIds | null): void {
  writeDurably(paths.configFile, text, PRIVATE_FILE_MODE);
  if (user !== null) handOver([paths.configFile], { uid: 0, gid: user.gid });
}
