import { BundleRefusal } from "./bundle-refusal.ts";
import { MANIFEST_NAME } from "./manifest.ts";
import type { Manifest, ManifestFile } from "./manifest.ts";

/** Throws a refusal for the first file in which `found` (manifest.json included) differs from the manifest. */
export function refuseDifferences(manifest: Manifest, found: readonly ManifestFile[]): void {
  const listed = new Map(manifest.files.map((file) => [file.path, file]));
  for (const file of found) {
    if (file.path === MANIFEST_NAME) {
      if (file.mode !== "0644")
        throw refuse("entry-mismatch", `${file.path} has mode ${file.mode}, not 0644`);
      continue;
    }
    const expected = listed.get(file.path);
    if (expected === undefined)
      throw refuse("entry-unexpected", `${file.path} is not in the manifest`);
    listed.delete(file.path);
    for (const field of ["mode", "sizeBytes", "sha256"] as const) {
      if (file[field] === expected[field]) continue;
      throw refuse(
        "entry-mismatch",
        `${file.path} has ${field} ${file[field]}, the manifest says ${expected[field]}`,
      );
    }
  }
  const [absent] = listed.keys();
  if (absent !== undefined)
    throw refuse("entry-missing", `${absent} is in the manifest but not in the archive`);
}

function refuse(
  code: "entry-mismatch" | "entry-unexpected" | "entry-missing",
  reason: string,
): BundleRefusal {
  return new BundleRefusal(
    code,
    `The archive does not match its manifest: ${reason}.`,
    "Do not use this archive: it is not a bundle as published. Get it again.",
  );
}
