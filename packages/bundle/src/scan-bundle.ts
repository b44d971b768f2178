import { createHash } from "node:crypto";
import { BundleRefusal, valueOrRefuse } from "./bundle-refusal.ts";
import { DEFAULT_LIMITS, MAX_DESCRIPTION_BYTES } from "./bundle-limits.ts";
import type { BundleLimits } from "./bundle-limits.ts";
import { showPath } from "./bundle-path.ts";
import { refuseDifferences } from "./compare-contents.ts";
import { gunzipFile } from "./gunzip-file.ts";
import {
  CHECKSUMS_NAME,
  MANIFEST_NAME,
  manifestDigest,
  parseManifest,
  topFolderOf,
} from "./manifest.ts";
import type { Manifest, ManifestFile } from "./manifest.ts";
import { createPathSequence } from "./path-sequence.ts";
import { listChecksums } from "./plan-bundle.ts";
import { readTar } from "./read-tar.ts";
import type { TarEntry } from "./read-tar.ts";

/** A file on its way out of a bundle, at `path` below the top folder. Nothing of it is verified until the scan has ended well. */
export interface BundleEntry {
  readonly path: string;
  readonly mode: "0644" | "0755";
  readonly sizeBytes: number;
  readonly content: AsyncIterable<Buffer>;
}

/** What a bundle turned out to hold, once all of it was checked. */
export interface BundleContents {
  readonly manifest: Manifest;
  /** sha256, in hex, of the manifest's bytes: the release's identity. */
  readonly manifestDigest: string;
  /** sha256, in hex, of the tarball. */
  readonly sha256: string;
}

/** What to read, and how much of it at most. */
export interface ReadBundleOptions {
  readonly file: string;
  /** sha256 the tarball must have, as `verifySignature` gave it: closes the gap between the two readings. */
  readonly expectedSha256?: string | undefined;
  readonly limits?: Partial<BundleLimits> | undefined;
  /** Called for each file in order; content it leaves unread is skipped. */
  readonly onEntry?: ((entry: BundleEntry) => Promise<void>) | undefined;
}

/** Reads a whole bundle once and checks it against its own manifest. Throws refusals and file-system errors. */
export async function scanBundle(options: ReadBundleOptions): Promise<BundleContents> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const tarball = createHash("sha256");
  const seen = createRecord();
  for await (const entry of readTar(
    gunzipFile(options.file, (bytes) => tarball.update(bytes)),
    limits,
  )) {
    await scanEntry(entry, seen, options.onEntry);
  }
  const sha256 = tarball.digest("hex");
  if (options.expectedSha256 !== undefined && sha256 !== options.expectedSha256) {
    throw new BundleRefusal(
      "digest-mismatch",
      `${options.file} has sha256 ${sha256}, not ${options.expectedSha256}.`,
      "The file changed or is another one. Get it again and verify its signature again.",
    );
  }
  return { ...conclude(seen), sha256 };
}

/** What one scan has seen so far. */
interface ScanRecord {
  readonly files: ManifestFile[];
  /** Bytes of the manifest and of the checksum list. */
  readonly descriptions: Map<string, Buffer>;
  readonly acceptPath: (path: string) => string | null;
  topFolder: string | null;
  mtimeSeconds: number;
}

function createRecord(): ScanRecord {
  const sequence = createPathSequence();
  return {
    files: [],
    descriptions: new Map(),
    acceptPath: sequence.accept,
    topFolder: null,
    mtimeSeconds: 0,
  };
}

async function scanEntry(
  entry: TarEntry,
  seen: ScanRecord,
  onEntry: ReadBundleOptions["onEntry"],
): Promise<void> {
  const path = enterPath(entry, seen);
  const { mode, sizeBytes } = entry.header;
  const hash = createHash("sha256");
  const kept: Buffer[] = [];
  const isDescription = path === MANIFEST_NAME || path === CHECKSUMS_NAME;
  if (isDescription && sizeBytes > MAX_DESCRIPTION_BYTES) {
    throw new BundleRefusal(
      "limit-exceeded",
      `${path} is larger than ${MAX_DESCRIPTION_BYTES} bytes.`,
      "Do not use this archive.",
    );
  }
  async function next(): Promise<IteratorResult<Buffer, undefined>> {
    const step = await entry.content.next();
    if (step.done === true) return { done: true, value: undefined };
    hash.update(step.value);
    if (isDescription) kept.push(Buffer.from(step.value));
    return step;
  }
  // Without a `return` method: a consumer that stops early does not stop the hashing below.
  const content = { [Symbol.asyncIterator]: () => ({ next }) };
  await onEntry?.({ path, mode, sizeBytes, content });
  while ((await next()).done !== true); // whatever onEntry left unread
  const sha256 = hash.digest("hex");
  if (isDescription) seen.descriptions.set(path, Buffer.concat(kept));
  if (path !== CHECKSUMS_NAME) seen.files.push({ path, mode, sizeBytes, sha256 });
}

/** Checks where an entry stands; gives its path below the top folder. */
function enterPath(entry: TarEntry, seen: ScanRecord): string {
  const full = entry.header.path;
  const slash = full.indexOf("/");
  const topFolder = full.slice(0, slash);
  seen.topFolder ??= topFolder;
  if (seen.files.length === 0) seen.mtimeSeconds = entry.header.mtimeSeconds;
  if (slash === -1 || topFolder !== seen.topFolder)
    throw unsafe(`${showPath(full)} lies outside the top folder`);
  if (entry.header.mtimeSeconds !== seen.mtimeSeconds)
    throw unsafe(`${showPath(full)} has another time than the rest`);
  const problem = seen.acceptPath(full);
  if (problem === null) return full.slice(slash + 1);
  throw new BundleRefusal(
    "entry-duplicate",
    `The archive's list of files is refused: ${problem}.`,
    DO_NOT_USE,
  );
}

function conclude(seen: ScanRecord): {
  readonly manifest: Manifest;
  readonly manifestDigest: string;
} {
  const bytes = seen.descriptions.get(MANIFEST_NAME);
  if (bytes === undefined) throw missing(MANIFEST_NAME);
  const manifest = valueOrRefuse(parseManifest(bytes.toString("utf8")));
  if (seen.topFolder !== topFolderOf(manifest))
    throw unsafe(`the top folder is not named ${topFolderOf(manifest)}`);
  if (seen.mtimeSeconds !== Date.parse(manifest.createdAt) / 1000)
    throw unsafe("its times differ from the manifest's createdAt");
  refuseDifferences(manifest, seen.files);
  const digest = manifestDigest(bytes);
  const checksums = seen.descriptions.get(CHECKSUMS_NAME);
  if (checksums === undefined) throw missing(CHECKSUMS_NAME);
  if (!checksums.equals(Buffer.from(listChecksums(manifest, digest)))) {
    throw new BundleRefusal(
      "entry-mismatch",
      `${CHECKSUMS_NAME} does not say what the manifest says.`,
      DO_NOT_USE,
    );
  }
  return { manifest, manifestDigest: digest };
}

const DO_NOT_USE = "Do not use this archive: it is not a bundle as published. Get it again.";

function unsafe(reason: string): BundleRefusal {
  return new BundleRefusal("entry-unsafe", `The archive is refused: ${reason}.`, DO_NOT_USE);
}

function missing(path: string): BundleRefusal {
  return new BundleRefusal("entry-missing", `The archive has no ${path}.`, DO_NOT_USE);
}
