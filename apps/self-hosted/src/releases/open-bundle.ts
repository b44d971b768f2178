import { readFileSync } from "node:fs";
import { readBundle, verifySignature } from "@trunkline/bundle";
import type { BundleContents, VerifiedSignature } from "@trunkline/bundle";
import { errorCode } from "../failure/describe-system-error.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { describeBundleFailure } from "./describe-bundle-failure.ts";

const NAMESPACE = "bundle@shortline";

export type BundleFiles = {
  readonly file: string;
  readonly signatureFile: string;
  readonly allowedSignersFile: string;
};

export type VerifiedBundle = BundleContents & { readonly signer: VerifiedSignature };

/** Checks who signed a bundle, and then every file in it against its manifest. Writes nothing. */
export async function openBundle(files: BundleFiles): Promise<SiteResult<VerifiedBundle>> {
  const allowedSigners = readText(files.allowedSignersFile, {
    code: "signers-missing",
    next: "Give the publisher's file with --allowed-signers, from a source other than the bundle's.",
  });
  if (!allowedSigners.ok) return allowedSigners;
  // Asked for first, because its absence has a remedy of its own.
  const signature = readText(files.signatureFile, {
    code: "signature-missing",
    next: "Get the .sig file that is published beside the bundle, or name it with --signature.",
  });
  if (!signature.ok) return signature;
  const signer = await verifySignature({
    file: files.file,
    signatureFile: files.signatureFile,
    allowedSigners: allowedSigners.value,
    namespace: NAMESPACE,
  });
  if (!signer.ok) return { ok: false, failure: describeBundleFailure(signer.failure) };
  const contents = await readBundle({ file: files.file, expectedSha256: signer.value.sha256 });
  if (!contents.ok) return { ok: false, failure: describeBundleFailure(contents.failure) };
  return done({ ...contents.value, signer: signer.value });
}

function readText(
  file: string,
  missing: { readonly code: "signers-missing" | "signature-missing"; readonly next: string },
): SiteResult<string> {
  try {
    return done(readFileSync(file, "utf8"));
  } catch (error) {
    if (errorCode(error) === null) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return failed(missing.code, `${file} cannot be read: ${reason}.`, missing.next);
  }
}
