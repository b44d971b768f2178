/** Every way an expected failure of this package is named. Codes are stable; messages are for people. */
export type BundleFailureCode =
  | "allowed-signers-invalid"
  | "archive-damaged"
  | "archive-truncated"
  | "archive-trailing-data"
  | "checksums-invalid"
  | "digest-mismatch"
  | "entry-duplicate"
  | "entry-mismatch"
  | "entry-missing"
  | "entry-unexpected"
  | "entry-unsafe"
  | "file-failed"
  | "file-missing"
  | "file-permission"
  | "input-invalid"
  | "key-encrypted"
  | "key-malformed"
  | "key-unsupported"
  | "limit-exceeded"
  | "manifest-invalid"
  | "namespace-mismatch"
  | "no-space"
  | "signature-malformed"
  | "signature-mismatch"
  | "signer-unknown"
  | "source-changed"
  | "target-exists";

/** An expected failure: what happened (`message`) and what to do about it (`next`). */
export interface BundleFailure {
  readonly code: BundleFailureCode;
  readonly message: string;
  readonly next: string;
}

/** Outcome of every operation of this package that can fail for a reason outside the program. */
export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: BundleFailure };

export function succeed<Value>(value: Value): Result<Value> {
  return { ok: true, value };
}

export function fail(
  code: BundleFailureCode,
  message: string,
  next: string,
): { readonly ok: false; readonly failure: BundleFailure } {
  return { ok: false, failure: { code, message, next } };
}
