import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { BundleRefusal } from "./bundle-refusal.ts";
import { findPathProblem, showPath } from "./bundle-path.ts";
import { formatChecksums } from "./checksums.ts";
import { hashFile } from "./file-sha256.ts";
import {
  CHECKSUMS_NAME,
  MANIFEST_NAME,
  formatManifest,
  manifestDigest,
  parseManifest,
  topFolderOf,
} from "./manifest.ts";
import type { Manifest, ManifestFile } from "./manifest.ts";
import type { TarMember } from "./write-tar.ts";

/**
 * One file for a bundle, at `path` below the top folder: the content itself, or a file to read it
 * from. `executable` decides between 0755 and 0644; left out, it follows the owner's execute bit of
 * `sourceFile`, and is false for `content`.
 */
export type BundleFile =
  | { readonly path: string; readonly sourceFile: string; readonly executable?: boolean }
  | { readonly path: string; readonly content: string | Uint8Array; readonly executable?: boolean };

interface PlanOptions extends Pick<Manifest, "product" | "version" | "commit" | "arch"> {
  readonly createdAt: Date;
  readonly entries: readonly BundleFile[];
}

/** Everything known about a bundle before its first byte is written. */
export interface BundlePlan {
  readonly manifest: Manifest;
  readonly manifestDigest: string;
  readonly members: readonly TarMember[];
}

/** Hashes every file and lays out the archive, in byte order of the paths. Throws refusals. */
export async function planBundle(options: PlanOptions): Promise<BundlePlan> {
  const sources = options.entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path } of sources) {
    const problem = findPathProblem(path);
    if (problem !== null) throw refuseInput(`${showPath(path)}: ${problem}`);
  }
  const files: ManifestFile[] = [];
  for (const source of sources) files.push(await describe(source));
  const manifest = checkManifest(options, files);
  const manifestText = formatManifest(manifest);
  const digest = manifestDigest(Buffer.from(manifestText));
  return {
    manifest,
    manifestDigest: digest,
    members: layOut({ manifest, manifestText, digest, sources }),
  };
}

/** The text of a bundle's `files.sha256`: every file but itself, in byte order. */
export function listChecksums(manifest: Manifest, digest: string): string {
  const lines = [...manifest.files, { path: MANIFEST_NAME, sha256: digest }];
  return formatChecksums(lines.toSorted((a, b) => (a.path < b.path ? -1 : 1)));
}

async function describe(source: BundleFile): Promise<ManifestFile> {
  if ("content" in source) {
    const bytes = Buffer.from(source.content);
    return {
      path: source.path,
      mode: source.executable === true ? "0755" : "0644",
      sizeBytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    };
  }
  const status = await stat(source.sourceFile);
  if (!status.isFile()) throw refuseInput(`${source.sourceFile} is not a regular file`);
  const { digest, sizeBytes } = await hashFile(source.sourceFile, "sha256");
  const executable = source.executable ?? (status.mode & 0o100) !== 0;
  return {
    path: source.path,
    mode: executable ? "0755" : "0644",
    sizeBytes,
    sha256: digest.toString("hex"),
  };
}

function checkManifest(options: PlanOptions, files: readonly ManifestFile[]): Manifest {
  const { product, version, commit, arch, createdAt } = options;
  if (Number.isNaN(createdAt.getTime())) throw refuseInput("createdAt is not a time");
  const seconds = new Date(Math.floor(createdAt.getTime() / 1000) * 1000);
  const time = seconds.toISOString().replace(".000Z", "Z");
  const checked = parseManifest(
    JSON.stringify({ format: 1, product, version, commit, arch, createdAt: time, files }),
  );
  if (!checked.ok) throw refuseInput(checked.failure.message.replace(/\.$/, ""));
  return checked.value;
}

function layOut(parts: {
  readonly manifest: Manifest;
  readonly manifestText: string;
  readonly digest: string;
  readonly sources: readonly BundleFile[];
}): readonly TarMember[] {
  const { manifest, sources } = parts;
  const mtimeSeconds = Date.parse(manifest.createdAt) / 1000;
  const top = topFolderOf(manifest);
  const listed = manifest.files.map((file, index): TarMember => {
    const source = sources[index];
    if (source === undefined) throw new Error("a manifest lists exactly its sources");
    const content = "content" in source ? Buffer.from(source.content) : source.sourceFile;
    return {
      header: { ...file, path: `${top}/${file.path}`, mtimeSeconds },
      sha256: file.sha256,
      content,
    };
  });
  const own = [
    { name: MANIFEST_NAME, text: parts.manifestText },
    { name: CHECKSUMS_NAME, text: listChecksums(manifest, parts.digest) },
  ].map(({ name, text }): TarMember => {
    const content = Buffer.from(text);
    const header = {
      path: `${top}/${name}`,
      mode: "0644",
      sizeBytes: content.length,
      mtimeSeconds,
    } as const;
    return { header, sha256: createHash("sha256").update(content).digest("hex"), content };
  });
  return [...listed, ...own].toSorted((a, b) => (a.header.path < b.header.path ? -1 : 1));
}

function refuseInput(reason: string): BundleRefusal {
  return new BundleRefusal(
    "input-invalid",
    `The bundle cannot be written: ${reason}.`,
    "Correct that input, then run again.",
  );
}
