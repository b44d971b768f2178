import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileSha256, parseChecksums, readBundle, verifySignature } from "@trunkline/bundle";
import type { BundleContents, BundleEntry, BundleFailure } from "@trunkline/bundle";
import { z } from "zod";

export interface BundleCheck {
  readonly name: "signature" | "checksum" | "contents" | "provenance";
  readonly outcome: "passed" | "failed" | "not-checked";
  /** One sentence: what was found, or what is wrong. */
  readonly says: string;
  /** What to do about it, when it is not passed. */
  readonly next: string | null;
}

export interface BundleChecksOptions {
  readonly file: string;
  readonly signatureFile: string;
  /** Text of an OpenSSH allowed signers file; null: the signature cannot be checked. */
  readonly allowedSigners: string | null;
  readonly product: string;
}

export interface BundleReport {
  readonly checks: readonly BundleCheck[];
  /** null when its contents could not be read. */
  readonly contents: BundleContents | null;
}

/** Checks a bundle as far as it can; stops after the first check that failed. Nothing in it runs. */
export async function checkBundle(options: BundleChecksOptions): Promise<BundleReport> {
  const signature = await checkSignature(options);
  if (signature.check.outcome === "failed") return { checks: [signature.check], contents: null };
  const checksum = await checkChecksum(options.file);
  if (checksum.outcome === "failed") return { checks: [signature.check, checksum], contents: null };
  const contents = await checkContents(options, signature.sha256);
  return { checks: [signature.check, checksum, ...contents.checks], contents: contents.contents };
}

async function checkSignature(
  options: BundleChecksOptions,
): Promise<{ readonly check: BundleCheck; readonly sha256: string | undefined }> {
  const { file, signatureFile, allowedSigners, product } = options;
  if (allowedSigners === null) {
    const says = "it was NOT checked who made this bundle: no allowed signers were given";
    const next = "Repeat with --allowed-signers FILE, which holds the publisher's key.";
    return { check: { name: "signature", outcome: "not-checked", says, next }, sha256: undefined };
  }
  const namespace = `bundle@${product}`;
  const verified = await verifySignature({ file, signatureFile, allowedSigners, namespace });
  if (!verified.ok) return { check: failed("signature", verified.failure), sha256: undefined };
  const { principal, keyFingerprint, sha256 } = verified.value;
  return { check: passed("signature", `signed by ${principal} (${keyFingerprint})`), sha256 };
}

async function checkChecksum(file: string): Promise<BundleCheck> {
  const list = join(dirname(file), "SHA256SUMS");
  const text = await readFile(list, "utf8").catch(() => null);
  if (text === null) {
    const says = "there is no SHA256SUMS beside it";
    const next = "Get SHA256SUMS from where the bundle was published, when it is wanted.";
    return { name: "checksum", outcome: "not-checked", says, next };
  }
  const parsed = parseChecksums(text);
  if (!parsed.ok) return failed("checksum", parsed.failure);
  const listed = parsed.value.find(({ path }) => path === basename(file));
  const found = await fileSha256(file);
  if (!found.ok) return failed("checksum", found.failure);
  if (listed?.sha256 === found.value) return passed("checksum", `sha256 ${found.value}`);
  const message =
    listed === undefined
      ? `SHA256SUMS does not list ${basename(file)}.`
      : `Its sha256 is ${found.value}, SHA256SUMS says ${listed.sha256}.`;
  const next = "Do not use it. Get the bundle and SHA256SUMS again.";
  return failed("checksum", { code: "digest-mismatch", message, next });
}

const provenanceName = "provenance.json";
const maxProvenanceBytes = 16 * 1024 * 1024;

async function checkContents(
  options: BundleChecksOptions,
  expectedSha256: string | undefined,
): Promise<BundleReport> {
  const provenance: Buffer[] = [];
  const onEntry = async (entry: BundleEntry): Promise<void> => {
    if (entry.path !== provenanceName || entry.sizeBytes > maxProvenanceBytes) return;
    for await (const piece of entry.content) provenance.push(Buffer.from(piece));
  };
  const read = await readBundle({ file: options.file, expectedSha256, onEntry });
  if (!read.ok) return { checks: [failed("contents", read.failure)], contents: null };
  const { manifest } = read.value;
  if (manifest.product !== options.product) {
    const message = `It is a bundle of ${manifest.product}, not of ${options.product}.`;
    const next = `Check the file's name, or repeat with --product ${manifest.product}.`;
    return {
      checks: [failed("contents", { code: "manifest-invalid", message, next })],
      contents: null,
    };
  }
  const says = `${String(manifest.files.length)} files as the manifest lists them, commit ${manifest.commit}`;
  const origin = checkProvenance(Buffer.concat(provenance).toString("utf8"), read.value);
  return { checks: [passed("contents", says), origin], contents: read.value };
}

const sha256Digest = z.object({ sha256: z.string() });
const statementSchema = z.object({
  subject: z.array(z.object({ name: z.string(), digest: sha256Digest })),
  predicate: z.object({
    buildDefinition: z.object({
      resolvedDependencies: z.array(z.object({ digest: z.record(z.string(), z.string()) })),
    }),
  }),
});

/** Does the statement speak of these very files, and of the manifest's commit? */
function checkProvenance(text: string, { manifest }: BundleContents): BundleCheck {
  const statement = parseStatement(text);
  const next = "Do not use it: it is not a bundle as published. Get it again.";
  const wrong = (message: string): BundleCheck =>
    failed("provenance", { code: "manifest-invalid", message, next });
  if (statement === null) return wrong(`${provenanceName} is missing, or is no statement.`);
  const subjects = new Map(statement.subject.map(({ name, digest }) => [name, digest.sha256]));
  const listed = manifest.files.filter(({ path }) => path !== provenanceName);
  const stray = listed.find(({ path, sha256 }) => subjects.get(path) !== sha256);
  if (stray !== undefined)
    return wrong(`${provenanceName} does not speak of ${stray.path} as it is.`);
  if (subjects.size !== listed.length)
    return wrong(`${provenanceName} speaks of files that are not there.`);
  const commits = statement.predicate.buildDefinition.resolvedDependencies.map(
    ({ digest }) => digest["gitCommit"],
  );
  if (!commits.includes(manifest.commit)) return wrong(`${provenanceName} names another commit.`);
  return passed("provenance", `${String(subjects.size)} files from commit ${manifest.commit}`);
}

function parseStatement(text: string): z.output<typeof statementSchema> | null {
  try {
    return statementSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function passed(name: BundleCheck["name"], says: string): BundleCheck {
  return { name, outcome: "passed", says, next: null };
}

function failed(
  name: BundleCheck["name"],
  failure: Pick<BundleFailure, "message" | "next"> & { readonly code: string },
): BundleCheck {
  const says = `${failure.message} (${failure.code})`;
  return { name, outcome: "failed", says, next: failure.next };
}
