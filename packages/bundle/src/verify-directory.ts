import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { BundleRefusal, attempt } from "./bundle-refusal.ts";
import type { Result } from "./bundle-failure.ts";
import { hashFile } from "./file-sha256.ts";
import { listChecksums } from "./plan-bundle.ts";
import { CHECKSUMS_NAME, MANIFEST_NAME, MAX_FILES } from "./manifest.ts";
import type { Manifest, ManifestFile } from "./manifest.ts";

/** How one path in a folder differs from the manifest; `expected` and `actual` are for people. */
export interface DirectoryDifference {
  readonly path: string;
  readonly kind: "missing" | "unexpected" | "type" | "mode" | "size" | "content";
  readonly expected: string;
  readonly actual: string;
}

export interface VerifyDirectoryOptions {
  /** The folder that holds `manifest.json`. */
  readonly directory: string;
  readonly manifest: Manifest;
  /** Digest that `manifest.json` in the folder must have; left out, it is believed. */
  readonly manifestDigest?: string;
  /** Paths below the folder that may be there without being listed, such as a completion sentinel. */
  readonly ignore?: readonly string[];
}

/** Most paths looked at before the folder is taken for something else. */
const MAX_PATHS = MAX_FILES * 4;

/**
 * Compares an unpacked bundle with its manifest: every file's presence, type, mode, size and
 * sha256, and files that do not belong. An empty list means "as published". Failures are for a
 * folder that cannot be read.
 */
export async function verifyDirectory(
  options: VerifyDirectoryOptions,
): Promise<Result<readonly DirectoryDifference[]>> {
  const { directory, manifest, ignore = [] } = options;
  return attempt(directory, async () => {
    const found = await listPaths(directory);
    const differences: DirectoryDifference[] = [];
    for (const file of manifest.files) {
      const difference = await compareFile(directory, file);
      if (difference !== null) differences.push(difference);
    }
    differences.push(...(await compareDescriptions(directory, found, options)));
    const known = new Set([
      MANIFEST_NAME,
      CHECKSUMS_NAME,
      ...ignore,
      ...manifest.files.map((file) => file.path),
    ]);
    for (const path of found) {
      if (!known.has(path))
        differences.push({ path, kind: "unexpected", expected: "nothing", actual: "a file" });
    }
    return differences.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  });
}

async function listPaths(directory: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const pending = [""];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for await (const item of await opendir(join(directory, folder))) {
      const path = folder === "" ? item.name : `${folder}/${item.name}`;
      if (item.isDirectory()) pending.push(path);
      else paths.push(path);
      if (paths.length + pending.length <= MAX_PATHS) continue;
      throw new BundleRefusal(
        "limit-exceeded",
        `${directory} holds more than ${MAX_PATHS} files.`,
        "Name the folder of one release.",
      );
    }
  }
  return paths;
}

/** Looks at the two files that the manifest does not list. */
async function compareDescriptions(
  directory: string,
  found: readonly string[],
  options: VerifyDirectoryOptions,
): Promise<readonly DirectoryDifference[]> {
  const absent = [MANIFEST_NAME, CHECKSUMS_NAME].filter((path) => !found.includes(path));
  if (absent.length > 0) {
    return absent.map((path) => ({ path, kind: "missing", expected: "a file", actual: "nothing" }));
  }
  const { digest } = await hashFile(join(directory, MANIFEST_NAME), "sha256");
  const actual = digest.toString("hex");
  const list = Buffer.from(listChecksums(options.manifest, actual));
  const expectedList = createHash("sha256").update(list).digest("hex");
  const actualList = (await hashFile(join(directory, CHECKSUMS_NAME), "sha256")).digest.toString(
    "hex",
  );
  const pairs = [
    { path: MANIFEST_NAME, expected: options.manifestDigest ?? actual, actual },
    { path: CHECKSUMS_NAME, expected: expectedList, actual: actualList },
  ];
  return pairs
    .filter((pair) => pair.expected !== pair.actual)
    .map((pair) => ({ ...pair, kind: "content" }));
}

async function compareFile(
  directory: string,
  file: ManifestFile,
): Promise<DirectoryDifference | null> {
  const { path } = file;
  const status = await statusOf(join(directory, path));
  if (status === null) return { path, kind: "missing", expected: "a file", actual: "nothing" };
  if (!status.isFile())
    return { path, kind: "type", expected: "a regular file", actual: "something else" };
  const mode = (status.mode & 0o7777).toString(8).padStart(4, "0");
  if (mode !== file.mode) return { path, kind: "mode", expected: file.mode, actual: mode };
  if (status.size !== file.sizeBytes) {
    return {
      path,
      kind: "size",
      expected: `${file.sizeBytes} bytes`,
      actual: `${status.size} bytes`,
    };
  }
  const sha256 = (await hashFile(join(directory, path), "sha256")).digest.toString("hex");
  return sha256 === file.sha256
    ? null
    : { path, kind: "content", expected: file.sha256, actual: sha256 };
}

async function statusOf(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (
      error instanceof Error &&
      "code" in error &&
      (error.code === "ENOENT" || error.code === "ENOTDIR")
    )
      return null;
    throw error;
  }
}
