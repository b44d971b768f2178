import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { unpackBundle } from "@trunkline/bundle";
import type { Manifest } from "@trunkline/bundle";
import { describeSystemError } from "../failure/describe-system-error.ts";
import { done } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { syncDirectory, writeDurably } from "../files/write-durably.ts";
import type { SitePaths } from "../site/site-paths.ts";
import { COMPLETE_MARK, isComplete, releaseDirectory } from "./current-release.ts";
import { describeBundleFailure } from "./describe-bundle-failure.ts";
import { filesChanged, verifyRelease } from "./verify-release.ts";

/** Where a release is put together before it gets its name. */
export function stagingDirectory(paths: SitePaths, version: string): string {
  return join(paths.releasesDirectory, `.staging-${version}`);
}

/** Unpacks a verified bundle beside the releases; what a killed run left there is removed first. */
export async function stageFromBundle(
  paths: SitePaths,
  bundle: { readonly file: string; readonly sha256: string; readonly version: string },
): Promise<SiteResult<string>> {
  const staging = stagingDirectory(paths, bundle.version);
  try {
    mkdirSync(paths.releasesDirectory, { recursive: true });
    rmSync(staging, { recursive: true, force: true });
  } catch (error) {
    return { ok: false, failure: describeSystemError(error, `prepare ${staging}`) };
  }
  const unpacked = await unpackBundle({
    file: bundle.file,
    directory: staging,
    expectedSha256: bundle.sha256,
  });
  return unpacked.ok
    ? done(staging)
    : { ok: false, failure: describeBundleFailure(unpacked.failure) };
}

/** Copies an unpacked bundle beside the releases, checking every file against the manifest. */
export async function stageFromDirectory(
  paths: SitePaths,
  source: { readonly directory: string; readonly manifest: Manifest },
): Promise<SiteResult<string>> {
  const staging = stagingDirectory(paths, source.manifest.version);
  try {
    mkdirSync(paths.releasesDirectory, { recursive: true });
    rmSync(staging, { recursive: true, force: true });
    copyFiles(source.directory, staging, source.manifest);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    return { ok: false, failure: describeSystemError(error, `copy the release to ${staging}`) };
  }
  const differences = await verifyRelease(staging);
  if (differences.ok && differences.value.length === 0) return done(staging);
  rmSync(staging, { recursive: true, force: true });
  return differences.ok ? filesChanged(source.directory, differences.value) : differences;
}

/** Gives a staged release its place; the mark that it is whole is its last file. */
export function placeStaged(paths: SitePaths, version: string): void {
  const staging = stagingDirectory(paths, version);
  const target = releaseDirectory(paths, version);
  if (isComplete(paths, version)) {
    rmSync(staging, { recursive: true, force: true });
    return;
  }
  writeDurably(join(staging, COMPLETE_MARK), `${version}\n`, 0o644);
  // A directory without the mark is the rest of a removal that was cut off.
  rmSync(target, { recursive: true, force: true });
  renameSync(staging, target);
  syncDirectory(paths.releasesDirectory);
}

/** Removes a release; the mark goes first, so that half a release is never taken for one. */
export function removeRelease(paths: SitePaths, version: string): void {
  const target = releaseDirectory(paths, version);
  rmSync(join(target, COMPLETE_MARK), { force: true });
  rmSync(target, { recursive: true, force: true });
  rmSync(stagingDirectory(paths, version), { recursive: true, force: true });
  syncDirectory(paths.releasesDirectory);
}

function copyFiles(source: string, target: string, manifest: Manifest): void {
  const described = [
    { path: "manifest.json", mode: "0644" },
    { path: "files.sha256", mode: "0644" },
  ];
  const directories = new Set<string>([target]);
  for (const file of [...manifest.files, ...described]) {
    const copy = join(target, file.path);
    for (let at = dirname(copy); at.length > target.length; at = dirname(at)) directories.add(at);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(source, file.path), copy, constants.COPYFILE_FICLONE);
    chmodSync(copy, Number.parseInt(file.mode, 8));
    syncFile(copy);
  }
  for (const directory of directories) {
    chmodSync(directory, 0o755);
    syncDirectory(directory);
  }
}

function syncFile(file: string): void {
  const descriptor = openSync(file, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
