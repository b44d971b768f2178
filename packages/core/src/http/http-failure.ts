import type { LinkFailure, LinkFailureCode } from "../links/link-failure.ts";

/** What can go wrong with a request before, beside or after the links themselves. */
export type HttpFailureCode =
  | "invalid-request"
  | "malformed-json"
  | "unauthorized"
  | "route-not-found"
  | "method-not-allowed"
  | "body-too-large"
  | "url-too-long"
  | "unsupported-media-type"
  | "internal-error"
  | "store-unavailable"
  | "not-ready";

/** An expected failure of the HTTP side. */
export interface HttpFailure {
  readonly code: HttpFailureCode;
  readonly message: string;
  readonly next: string;
}

/** Everything a client can be told. */
export type ApiFailure = LinkFailure | HttpFailure;

/** All codes a client can meet; a code, once published, keeps its meaning. */
export type ApiFailureCode = LinkFailureCode | HttpFailureCode;
