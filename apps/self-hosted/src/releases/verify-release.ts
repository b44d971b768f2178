import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseManifest, verifyDirectory } from "@trunkline/bundle";
import type { DirectoryDifference, Manifest } from "@trunkline/bundle";
import { errorCode } from "../failure/describe-system-error.ts";
import { failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { COMPLETE_MARK } from "./current-release.ts";
import { describeBundleFailure } from "./describe-bundle-failure.ts";

/** Reads the manifest of an unpacked or installed release. */
export function readManifest(directory: string): SiteResult<Manifest> {
  let text: string;
  try {
    text = readFileSync(join(directory, "manifest.json"), "utf8");
  } catch (error) {
    const reason = errorCode(error) === "ENOENT" ? "it has no manifest.json" : String(error);
    return failed(
      "release-incomplete",
      `${directory} is not an unpacked bundle: ${reason}.`,
      "Name the folder that the bundle was unpacked to.",
    );
  }
  const manifest = parseManifest(text);
  return manifest.ok ? manifest : { ok: false, failure: describeBundleFailure(manifest.failure) };
}

/** How the files of a release differ from its manifest; an empty list means as published. */
export async function verifyRelease(
  directory: string,
): Promise<SiteResult<readonly DirectoryDifference[]>> {
  const manifest = readManifest(directory);
  if (!manifest.ok) return manifest;
  const differences = await verifyDirectory({
    directory,
    manifest: manifest.value,
    ignore: [COMPLETE_MARK],
  });
  return differences.ok
    ? differences
    : { ok: false, failure: describeBundleFailure(differences.failure) };
}

/** The failure for a release whose files are not as published. */
export function filesChanged(
  directory: string,
  differences: readonly DirectoryDifference[],
): SiteResult<never> {
  const shown = differences.slice(0, 5).map((one) => `\n  - ${one.path}: ${one.kind}`);
  const more =
    differences.length > shown.length ? `\n  - and ${differences.length - shown.length} more` : "";
  return failed(
    "files-changed",
    `${directory} is not as published:${shown.join("")}${more}`,
    "Unpack the bundle again, check it, and install from there.",
  );
}
