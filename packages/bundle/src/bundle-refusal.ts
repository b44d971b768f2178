import { fail, succeed } from "./bundle-failure.ts";
import type { BundleFailure, BundleFailureCode, Result } from "./bundle-failure.ts";

/**
 * Carries an expected failure up through streams and generators, which can only throw.
 * Never leaves the package: `attempt` turns it into a value at every exported function.
 */
export class BundleRefusal extends Error {
  readonly failure: BundleFailure;

  constructor(code: BundleFailureCode, message: string, next: string) {
    super(message);
    this.name = "BundleRefusal";
    this.failure = { code, message, next };
  }
}

/**
 * Runs `work` and makes refusals and file-system errors values; anything else is a bug and throws on.
 * `subject` names the file or folder in the message of an error that carries no path itself.
 */
export async function attempt<Value>(
  subject: string,
  work: () => Promise<Value>,
): Promise<Result<Value>> {
  try {
    return succeed(await work());
  } catch (error) {
    return { ok: false, failure: failureOf(error, subject) };
  }
}

/** The same for work that does not wait. */
export function attemptNow<Value>(work: () => Value): Result<Value> {
  try {
    return succeed(work());
  } catch (error) {
    if (error instanceof BundleRefusal) return { ok: false, failure: error.failure };
    throw error;
  }
}

/** The value of a result, or its failure thrown as a refusal. */
export function valueOrRefuse<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value;
  throw new BundleRefusal(result.failure.code, result.failure.message, result.failure.next);
}

function failureOf(error: unknown, subject: string): BundleFailure {
  if (error instanceof BundleRefusal) return error.failure;
  const fromSystem = fileFailure(error, subject);
  if (fromSystem === null) throw error;
  return fromSystem;
}

/** The failure for a file-system error, or null when `error` is something else. */
function fileFailure(error: unknown, subject: string): BundleFailure | null {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return null;
  const path = "path" in error && typeof error.path === "string" ? error.path : subject;
  const code = String(error.code);
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return fail(
        "no-space",
        `No space is left for ${path}.`,
        "Free some space on that file system, then run again.",
      ).failure;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return fail(
        "file-permission",
        `${path} may not be used (${code}).`,
        "Run as a user who may read and write there, or choose another folder.",
      ).failure;
    case "ENOENT":
    case "ENOTDIR":
      return fail("file-missing", `${path} does not exist.`, "Check the path, then run again.")
        .failure;
    case "EEXIST":
      return fail("target-exists", `${path} exists already.`, "Remove it or choose another name.")
        .failure;
    default:
      return fail(
        "file-failed",
        `${path}: ${error.message}.`,
        "Check the disk and the path, then run again.",
      ).failure;
  }
}
