import type { BundleFailure, BundleFailureCode } from "@trunkline/bundle";
import type { SiteFailure, SiteFailureCode } from "../failure/site-failure.ts";

/** A failure of the bundle format, under the code that the operator's pages explain. */
export function describeBundleFailure(failure: BundleFailure): SiteFailure {
  return { code: SITE_CODES[failure.code], message: failure.message, next: failure.next };
}

const SITE_CODES: Readonly<Record<BundleFailureCode, SiteFailureCode>> = {
  "allowed-signers-invalid": "signers-missing",
  "archive-damaged": "bundle-damaged",
  "archive-truncated": "bundle-damaged",
  "archive-trailing-data": "bundle-damaged",
  "checksums-invalid": "bundle-damaged",
  "digest-mismatch": "bundle-damaged",
  "entry-duplicate": "bundle-damaged",
  "entry-mismatch": "bundle-damaged",
  "entry-missing": "bundle-damaged",
  "entry-unexpected": "bundle-damaged",
  "entry-unsafe": "bundle-damaged",
  "file-failed": "bundle-unreadable",
  "file-missing": "bundle-unreadable",
  "file-permission": "bundle-unreadable",
  "input-invalid": "bundle-damaged",
  "key-encrypted": "signature-refused",
  "key-malformed": "signature-refused",
  "key-unsupported": "signature-refused",
  "limit-exceeded": "bundle-damaged",
  "manifest-invalid": "bundle-damaged",
  "namespace-mismatch": "signature-refused",
  "no-space": "disk-full",
  "signature-malformed": "signature-refused",
  "signature-mismatch": "signature-refused",
  "signer-unknown": "signature-refused",
  "source-changed": "bundle-damaged",
  "target-exists": "command-failed",
};
