import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Which release some code is. */
export type ReleaseInfo = {
  readonly version: string;
  readonly commit: string;
  /** sha256 in hex of the release's manifest.json. */
  readonly digest: string;
};

const UNRELEASED: ReleaseInfo = {
  version: "0.0.0-unreleased",
  commit: "unknown",
  digest: "unknown",
};

/** Reads what release a directory holds from its manifest.json; code that runs from source has none. */
export function readReleaseInfo(releaseDirectory: string): ReleaseInfo {
  try {
    const bytes = readFileSync(join(releaseDirectory, "manifest.json"));
    const manifest: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof manifest !== "object" || manifest === null) return UNRELEASED;
    // Only text is taken over; anything else leaves the placeholder.
    const fields = manifest as Readonly<Record<string, unknown>>;
    return {
      version: typeof fields["version"] === "string" ? fields["version"] : UNRELEASED.version,
      commit: typeof fields["commit"] === "string" ? fields["commit"] : UNRELEASED.commit,
      digest: createHash("sha256").update(bytes).digest("hex"),
    };
  } catch {
    return UNRELEASED;
  }
}
