import { mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BundleRefusal, attempt } from "./bundle-refusal.ts";
import type { BundleLimits } from "./bundle-limits.ts";
import type { Result } from "./bundle-failure.ts";
import { foldersOf } from "./path-sequence.ts";
import { scanBundle } from "./scan-bundle.ts";
import type { BundleContents, BundleEntry } from "./scan-bundle.ts";
import { syncDirectory } from "./sync-directory.ts";

export interface UnpackBundleOptions {
  readonly file: string;
  /** Must not exist; its parent must. Becomes the bundle's top folder (`<directory>/manifest.json`). */
  readonly directory: string;
  /** sha256 the tarball must have, as `verifySignature` gave it. */
  readonly expectedSha256?: string;
  readonly limits?: Partial<BundleLimits>;
}

/** Folders are always these, whatever the umask; files have the manifest's mode. */
const DIRECTORY_MODE = 0o755;

/**
 * Unpacks a bundle into a new folder, checking every file against the manifest on the way. On any
 * failure the folder is gone again; on success every file and folder is on the disk (fsync). Killed
 * half-way it leaves the folder: unpack to a staging name and rename it when this returns ok.
 */
export async function unpackBundle(options: UnpackBundleOptions): Promise<Result<BundleContents>> {
  const { directory } = options;
  return attempt(directory, async () => {
    await mkdir(directory, { mode: DIRECTORY_MODE });
    try {
      return await fill(options);
    } catch (error) {
      await discard(directory);
      throw error;
    }
  });
}

async function discard(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true });
  } catch {
    throw new BundleRefusal(
      "file-failed",
      `Unpacking failed, and ${directory} could not be removed again.`,
      `Remove ${directory} by hand, check the disk, then run again.`,
    );
  }
}

async function fill(options: UnpackBundleOptions): Promise<BundleContents> {
  const { directory, file, expectedSha256, limits } = options;
  const folders = new Set<string>();
  const contents = await scanBundle({
    file,
    expectedSha256,
    limits,
    async onEntry(entry) {
      await makeFolders(directory, entry.path, folders);
      await writeEntry(join(directory, entry.path), entry);
    },
  });
  for (const folder of folders) await finishFolder(join(directory, folder));
  await finishFolder(directory);
  await syncDirectory(dirname(directory));
  return contents;
}

async function makeFolders(directory: string, path: string, made: Set<string>): Promise<void> {
  for (const folder of foldersOf(path)) {
    if (made.has(folder)) continue;
    await mkdir(join(directory, folder), { mode: DIRECTORY_MODE });
    made.add(folder);
  }
}

async function writeEntry(target: string, entry: BundleEntry): Promise<void> {
  const handle = await open(target, "wx", 0o600);
  try {
    for await (const piece of entry.content) await handle.writeFile(piece);
    await handle.chmod(Number.parseInt(entry.mode, 8));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function finishFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.chmod(DIRECTORY_MODE);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
