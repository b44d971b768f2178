/**
 * Every way shortlinectl can fail as an operator meets it, with the exit code of
 * each. The troubleshooting page of the operator docs has one section per code.
 */
export const FAILURE_EXIT_CODES = {
  "already-installed": 3,
  "already-supervised": 1,
  "backup-failed": 1,
  "backup-needed": 5,
  "bundle-damaged": 1,
  "bundle-unreadable": 1,
  "command-failed": 1,
  "config-invalid": 1,
  "config-missing": 1,
  "config-refused": 1,
  "config-unreadable": 1,
  "database-unavailable": 1,
  "digest-differs": 3,
  "disk-full": 1,
  "downgrade-refused": 3,
  "files-changed": 4,
  "journal-damaged": 5,
  "listen-refused": 1,
  locked: 1,
  "migration-failed": 1,
  "not-installed": 1,
  "not-writable": 1,
  "nothing-to-roll-back": 1,
  "operation-unfinished": 5,
  "port-in-use": 1,
  "release-does-not-start": 1,
  "release-incomplete": 1,
  "rollback-undone": 1,
  "service-gave-up": 1,
  "service-unhealthy": 5,
  "signature-missing": 1,
  "signature-refused": 3,
  "signers-missing": 1,
  "site-changed": 1,
  "upgrade-rolled-back": 1,
  usage: 2,
  "wrong-architecture": 1,
  "wrong-owner": 3,
  "wrong-product": 1,
  "wrong-user": 1,
} as const;

export type SiteFailureCode = keyof typeof FAILURE_EXIT_CODES;

/** An expected failure: what happened, and in `next` what the operator does about it. */
export type SiteFailure = {
  readonly code: SiteFailureCode;
  readonly message: string;
  readonly next: string;
};

export type SiteResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: SiteFailure };

/** A successful result. */
export function done<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

/** A failed result; `next` is a full sentence that starts with a verb. */
export function failed(
  code: SiteFailureCode,
  message: string,
  next: string,
): { readonly ok: false; readonly failure: SiteFailure } {
  return { ok: false, failure: { code, message, next } };
}
