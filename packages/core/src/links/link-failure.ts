/**
 * Everything that can go wrong with a link and is not a bug.
 * The set is closed: a new code needs a status in `http/failure-status.ts`, or it does not compile.
 */
export type LinkFailureCode =
  | "invalid-slug"
  | "reserved-slug"
  | "slug-taken"
  | "slugs-exhausted"
  | "invalid-destination"
  | "invalid-title"
  | "invalid-expiry"
  | "invalid-cursor"
  | "invalid-limit"
  | "link-not-found"
  | "link-expired";

/** An expected failure: what happened, and what the caller does next. Both are sentences for people. */
export interface LinkFailure {
  readonly code: LinkFailureCode;
  readonly message: string;
  readonly next: string;
}
