import { failed } from "./site-failure.ts";
import type { SiteFailure } from "./site-failure.ts";

const NO_SPACE_CODES = new Set(["ENOSPC", "EDQUOT"]);
const NO_ACCESS_CODES = new Set(["EACCES", "EPERM", "EROFS"]);

/**
 * Turns an error of the operating system met during `what` ("copy the release")
 * into a failure. Anything else is a bug and is thrown again.
 */
export function describeSystemError(error: unknown, what: string): SiteFailure {
  const code = errorCode(error);
  if (!(error instanceof Error) || code === null) throw error;
  const message = `Could not ${what}: ${error.message}`;
  if (NO_SPACE_CODES.has(code)) {
    return failed(
      "disk-full",
      message,
      "Free space on that file system, then run the command again.",
    ).failure;
  }
  if (NO_ACCESS_CODES.has(code)) {
    const next = "Run the command as root, or as the user who owns the site's --prefix.";
    return failed("not-writable", message, next).failure;
  }
  const next = "Look at the path named above, put it right, then run the command again.";
  return failed("command-failed", message, next).failure;
}

/** The system's code of an error (`ENOENT`, …), or null when it carries none. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}
