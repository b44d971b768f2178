import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { errorCode } from "../failure/describe-system-error.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { replaceSymlink } from "../files/write-durably.ts";
import type { SitePaths } from "../site/site-paths.ts";
import { compareVersions } from "./compare-versions.ts";

/** Written last into a release directory: without it, the directory is not used. */
export const COMPLETE_MARK = ".complete";

/** The directory that holds, or will hold, a release. */
export function releaseDirectory(paths: SitePaths, version: string): string {
  return join(paths.releasesDirectory, version);
}

/** The version that `current` points to, or null when the site is not installed. */
export function readCurrentVersion(paths: SitePaths): string | null {
  try {
    return basename(readlinkSync(paths.currentLink));
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "EINVAL") return null;
    throw error;
  }
}

/** The version that serves here, which must be there as a whole. */
export function requireCurrentVersion(paths: SitePaths): SiteResult<string> {
  const version = readCurrentVersion(paths);
  if (version === null) {
    return failed(
      "not-installed",
      `No release is installed under ${paths.prefix}.`,
      "Unpack the bundle and run its install.sh, or name the site with --prefix.",
    );
  }
  return isComplete(paths, version)
    ? done(version)
    : failed(
        "release-incomplete",
        `The release ${version} that current points to is not there as a whole.`,
        `Unpack the bundle of ${version} and run its install.sh again.`,
      );
}

/** Whether a release was placed as a whole. */
export function isComplete(paths: SitePaths, version: string): boolean {
  return existsSync(join(releaseDirectory(paths, version), COMPLETE_MARK));
}

/** Makes a release the current one, in one step. Doing it twice is doing it once. */
export function switchCurrent(paths: SitePaths, version: string): void {
  replaceSymlink(paths.currentLink, join(basename(paths.releasesDirectory), version));
}

/** The complete releases of the site, oldest version first. */
export function listReleases(paths: SitePaths): readonly string[] {
  try {
    return readdirSync(paths.releasesDirectory)
      .filter((name) => !name.startsWith(".") && isComplete(paths, name))
      .toSorted((left, right) => compareVersions(left, right) ?? 0);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}
