import { mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileSha256, formatChecksums, parseChecksums, signFile } from "@trunkline/bundle";
import { bundleValue } from "../tools/bundle-value.ts";
import { withFileLock } from "../tools/file-lock.ts";
import { withOwnedDirectory } from "../tools/owned-directory.ts";
import { replaceFile, syncFolder } from "../tools/replace-file.ts";

const checksumsName = "SHA256SUMS";
const waitMs = 60_000;

export interface PublishOptions {
  /** The folder that gets the bundle, its signature and SHA256SUMS. */
  readonly output: string;
  readonly name: string;
  readonly pid: number;
  /** The text of an OpenSSH private key; null: not signed. */
  readonly signKey: string | null;
  readonly namespace: string;
}

/**
 * Has a bundle made beside the output folder's files, signs it and puts it in place: each file is
 * whole or not there, and the bundle of another release in the folder is left alone.
 */
export async function publishBundle<Made extends { readonly sha256: string }>(
  options: PublishOptions,
  make: (file: string) => Promise<Made>,
): Promise<Made> {
  const folder = join(options.output, ".partial");
  await mkdir(options.output, { recursive: true });
  try {
    return await withOwnedDirectory({ folder, pid: options.pid }, async (staging) => {
      await mkdir(staging);
      const file = join(staging, options.name);
      const made = await make(file);
      if (options.signKey !== null) await sign(file, options.signKey, options.namespace);
      const lock = {
        file: join(folder, "lock"),
        purpose: "publish a bundle",
        waitMs,
        pid: options.pid,
      };
      await withFileLock(lock, () => putInPlace(options, file, made.sha256));
      return made;
    });
  } finally {
    // Somebody else may be at work in it.
    await rmdir(folder).catch(() => undefined);
  }
}

async function sign(file: string, privateKey: string, namespace: string): Promise<void> {
  const signature = bundleValue(await signFile({ file, privateKey, namespace }), "file-unusable");
  await writeFile(`${file}.sig`, signature, { flush: true });
}

async function putInPlace(options: PublishOptions, file: string, sha256: string): Promise<void> {
  const target = join(options.output, options.name);
  const before = await fileSha256(target);
  const isSame = before.ok && before.value === sha256;
  // A signature of other bytes must not lie beside the new ones, not even for a moment.
  if (!isSame) await rm(`${target}.sig`, { force: true });
  await rename(file, target);
  if (options.signKey !== null) await rename(`${file}.sig`, `${target}.sig`);
  await syncFolder(options.output);
  await listInChecksums(join(options.output, checksumsName), basename(target), sha256);
}

/** Lines of other files stay as they are. */
async function listInChecksums(file: string, name: string, sha256: string): Promise<void> {
  const text = await readFile(file, "utf8").catch(() => null);
  const known = text === null ? [] : bundleValue(parseChecksums(text), "file-unusable");
  const others = known.filter(({ path }) => path !== name);
  const all = [...others, { path: name, sha256 }];
  await replaceFile(file, formatChecksums(all.toSorted((a, b) => (a.path < b.path ? -1 : 1))));
}
