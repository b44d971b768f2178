import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST_NAME, parseManifest, unpackBundle, verifyDirectory } from "@trunkline/bundle";
import type { BuildRecord } from "../tools/build-store.ts";
import { bundleValue } from "../tools/bundle-value.ts";
import { syncFolder } from "../tools/replace-file.ts";

const stagingPrefix = ".staging-";
const keptBuilds = 10;

/**
 * Unpacks a build into `<folder>/<digest>`, whole or not at all; one that is there and intact is
 * left as it is. The caller holds the environment's lock.
 * @returns the build's folder
 * @throws Failure `artifact-damaged`
 */
export async function unpackBuild(options: {
  readonly archive: string;
  readonly record: BuildRecord;
  readonly folder: string;
}): Promise<string> {
  const { archive, record, folder } = options;
  const directory = join(folder, record.digest);
  // Of this user alone, as the environment's folder around it, which this may be the first to make.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeStaging(folder);
  if (await isIntact(directory, record.digest)) return directory;
  const staging = join(folder, `${stagingPrefix}${randomUUID()}`);
  const expectedSha256 = record.fileSha256;
  bundleValue(
    await unpackBundle({ file: archive, directory: staging, expectedSha256 }),
    "artifact-damaged",
  );
  // Aside, not away: a process that runs in a damaged one keeps its files until it ends.
  const aside = join(folder, `${stagingPrefix}${randomUUID()}`);
  await rename(directory, aside).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  });
  await rename(staging, directory);
  await syncFolder(folder);
  return directory;
}

/** Removes unpacked builds beyond the newest ten, never one of those in use (digests). */
export async function removeOldBuilds(folder: string, inUse: ReadonlySet<string>): Promise<void> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith(".") && !inUse.has(name));
  const builds = await Promise.all(
    names.map(async (name) => ({ name, changedMs: (await stat(join(folder, name))).mtimeMs })),
  );
  const old = builds.toSorted((left, right) => right.changedMs - left.changedMs).slice(keptBuilds);
  for (const { name } of old) await rm(join(folder, name), { recursive: true, force: true });
}

async function removeStaging(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(stagingPrefix));
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true });
}

/** Files that a running build wrote beside its own do not count. */
async function isIntact(directory: string, digest: string): Promise<boolean> {
  const text = await readFile(join(directory, MANIFEST_NAME), "utf8").catch(() => null);
  const manifest = text === null ? null : parseManifest(text);
  if (manifest === null || !manifest.ok) return false;
  const compared = await verifyDirectory({
    directory,
    manifest: manifest.value,
    manifestDigest: digest,
  });
  return compared.ok && compared.value.every((difference) => difference.kind === "unexpected");
}
