import { attempt } from "./bundle-refusal.ts";
import type { Result } from "./bundle-failure.ts";
import { scanBundle } from "./scan-bundle.ts";
import type { BundleContents, ReadBundleOptions } from "./scan-bundle.ts";

/**
 * Reads a bundle once, as a stream, and checks every file against the manifest inside; writes
 * nothing. What `onEntry` was given is trustworthy only after this returns ok, and comes from the
 * publisher only when the file's signature was verified. An error thrown by `onEntry` is thrown on
 * unless it is a file-system error.
 */
export async function readBundle(options: ReadBundleOptions): Promise<Result<BundleContents>> {
  return attempt(options.file, () => scanBundle(options));
}
