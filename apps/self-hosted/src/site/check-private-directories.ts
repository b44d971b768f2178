import { lstatSync } from "node:fs";
import { describeSystemError } from "../failure/describe-system-error.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import type { SitePaths } from "./site-paths.ts";

/**
 * Refuses journals and backups that are not the caller's own. Their parent belongs to the
 * service's user, who could put others in their place; what they say is carried out by root.
 */
export function checkPrivateDirectories(paths: SitePaths): SiteResult<null> {
  for (const directory of [paths.journalDirectory, paths.backupsDirectory]) {
    try {
      const status = lstatSync(directory, { throwIfNoEntry: false });
      if (status === undefined) continue;
      if (!status.isDirectory()) return refused(directory, "is not a directory of the site itself");
      if (status.uid !== process.geteuid?.())
        return refused(directory, `belongs to the user with the id ${status.uid}`);
    } catch (error) {
      return { ok: false, failure: describeSystemError(error, `look at ${directory}`) };
    }
  }
  return done(null);
}

function refused(directory: string, reason: string): SiteResult<never> {
  return failed(
    "wrong-owner",
    `${directory} ${reason}, so what is in it is not trusted.`,
    "Run the command as the user who installed the site; when that is this one, find out who put it there and move it away.",
  );
}
