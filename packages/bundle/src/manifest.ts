import { createHash } from "node:crypto";
import { z } from "zod";
import { fail, succeed } from "./bundle-failure.ts";
import type { Result } from "./bundle-failure.ts";
import { findPathProblem, showPath } from "./bundle-path.ts";
import { createPathSequence } from "./path-sequence.ts";

/** Names of the two files a bundle describes itself with; neither is listed in the manifest. */
export const MANIFEST_NAME = "manifest.json";
export const CHECKSUMS_NAME = "files.sha256";

/** Most files one bundle may list. */
export const MAX_FILES = 20_000;

const file = z.object({
  path: z.string(),
  mode: z.enum(["0644", "0755"]),
  sizeBytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * Fields this version does not know are ignored, so that an installed site can still read the
 * manifest of a newer release; `format` changes only when an older reader must not go on.
 */
const manifest = z.object({
  format: z.literal(1),
  product: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  version: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/),
  commit: z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/),
  arch: z.enum(["linux-x64", "linux-arm64"]),
  createdAt: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    .refine(isWholeSecondSince1970, "is not a time from 1970 to 2242"),
  files: z.array(file).max(MAX_FILES),
});

/** One file of a bundle: path below the top folder, `"0644"` or `"0755"`, size in bytes, sha256 in hex. */
export type ManifestFile = Readonly<z.infer<typeof file>>;

/** What `manifest.json` of a bundle says; `files` are in byte order of their paths, `createdAt` is the commit's time. */
export type Manifest = Readonly<Omit<z.infer<typeof manifest>, "files">> & {
  readonly files: readonly ManifestFile[];
};

/** Reads the text of a `manifest.json`. Failure: `manifest-invalid`, naming the first problems. */
export function parseManifest(text: string): Result<Manifest> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return invalid("it is not JSON");
  }
  const parsed = manifest.safeParse(json);
  if (!parsed.success) return invalid(describeIssues(parsed.error));
  const problem = findFileListProblem(parsed.data.files);
  return problem === null ? succeed(parsed.data) : invalid(problem);
}

/** The bytes-to-be of a `manifest.json`: fixed field order, two spaces, one final newline. */
export function formatManifest(value: Manifest): string {
  return `${JSON.stringify(manifest.parse(value), null, 2)}\n`;
}

/** Digest of a release: sha256, in hex, of the bytes of its `manifest.json`. */
export function manifestDigest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Name of the one folder at the top of a bundle. */
export function topFolderOf(value: Pick<Manifest, "product" | "version">): string {
  return `${value.product}-${value.version}`;
}

function isWholeSecondSince1970(text: string): boolean {
  const timeMs = Date.parse(text);
  return (
    timeMs >= 0 &&
    timeMs / 1000 < 8 ** 11 &&
    new Date(timeMs).toISOString() === text.replace("Z", ".000Z")
  );
}

function describeIssues(error: z.ZodError): string {
  const shown = error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".") || "it"}: ${issue.message}`);
  const more = error.issues.length - shown.length;
  return shown.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

function findFileListProblem(files: readonly ManifestFile[]): string | null {
  const sequence = createPathSequence();
  for (const { path } of files) {
    const problem = findPathProblem(path);
    if (problem !== null) return `${showPath(path)}: ${problem}`;
    if (path === MANIFEST_NAME || path === CHECKSUMS_NAME) return `${path} may not list itself`;
    const orderProblem = sequence.accept(path);
    if (orderProblem !== null) return orderProblem;
  }
  return null;
}

function invalid(reason: string): Result<never> {
  return fail(
    "manifest-invalid",
    `The manifest is not valid: ${reason}.`,
    "Get the bundle again from where it was published.",
  );
}
