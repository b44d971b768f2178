import { createHash } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { attempt } from "./bundle-refusal.ts";
import type { Result } from "./bundle-failure.ts";
import { gzipMembers } from "./gzip-members.ts";
import type { Manifest } from "./manifest.ts";
import { planBundle } from "./plan-bundle.ts";
import type { BundleFile } from "./plan-bundle.ts";
import { syncDirectory } from "./sync-directory.ts";
import { writeTar } from "./write-tar.ts";

/** What goes into a bundle. `createdAt` is the commit's time, never the time of writing. */
export interface WriteBundleOptions {
  readonly product: string;
  readonly version: string;
  readonly commit: string;
  readonly arch: Manifest["arch"];
  readonly createdAt: Date;
  readonly entries: readonly BundleFile[];
  /** Written under a temporary name beside it, then renamed: it is whole or not there. */
  readonly outputFile: string;
}

/** The bundle written; `sha256` and `sizeBytes` are those of the tarball. */
export interface WrittenBundle {
  readonly manifest: Manifest;
  readonly manifestDigest: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * Writes `<product>-<version>/…` with its manifest and checksum list as one reproducible `.tar.gz`.
 * The bytes depend on the options and the files' contents only, not on the machine, the clock, the
 * order of `entries`, file times or owners. Failures: `input-invalid`, `source-changed`, file errors.
 */
export async function writeBundle(options: WriteBundleOptions): Promise<Result<WrittenBundle>> {
  return attempt(options.outputFile, async () => {
    const plan = await planBundle(options);
    const written = await writeAtomically(options.outputFile, gzipMembers(writeTar(plan.members)));
    return { manifest: plan.manifest, manifestDigest: plan.manifestDigest, ...written };
  });
}

async function writeAtomically(
  outputFile: string,
  chunks: AsyncIterable<Buffer>,
): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const partialFile = `${outputFile}.partial-${process.pid}`;
  try {
    const written = await writeAndSync(partialFile, chunks);
    await rename(partialFile, outputFile);
    await syncDirectory(dirname(outputFile));
    return written;
  } catch (error) {
    await rm(partialFile, { force: true });
    throw error;
  }
}

async function writeAndSync(
  file: string,
  chunks: AsyncIterable<Buffer>,
): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const handle = await open(file, "w", 0o644);
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest("hex"), sizeBytes };
}
