import type { ApiFailureCode } from "./http-failure.ts";

/** The statuses that failures are answered with. */
export type FailureStatus = 400 | 401 | 404 | 405 | 409 | 410 | 413 | 414 | 415 | 500 | 503;

/** The HTTP side of a failure code. */
export interface FailureKind {
  readonly status: FailureStatus;
  /** The same for every occurrence, as RFC 9457 wants it. */
  readonly title: string;
}

/** The one place that maps a failure to a status. */
export const failureKinds: Readonly<Record<ApiFailureCode, FailureKind>> = {
  "invalid-slug": { status: 400, title: "The slug is not well formed" },
  "reserved-slug": { status: 400, title: "The slug is reserved" },
  "invalid-destination": { status: 400, title: "The destination is not accepted" },
  "invalid-title": { status: 400, title: "The title is not accepted" },
  "invalid-expiry": { status: 400, title: "The expiry is not accepted" },
  "invalid-cursor": { status: 400, title: "The cursor is not valid" },
  "invalid-limit": { status: 400, title: "The limit is out of range" },
  "invalid-request": { status: 400, title: "The request is not valid" },
  "malformed-json": { status: 400, title: "The body is not JSON" },
  unauthorized: { status: 401, title: "An API key is needed" },
  "link-not-found": { status: 404, title: "No such link" },
  "route-not-found": { status: 404, title: "No such address" },
  "method-not-allowed": { status: 405, title: "The method is not allowed here" },
  "slug-taken": { status: 409, title: "The slug is taken" },
  "link-expired": { status: 410, title: "The link has expired" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "url-too-long": { status: 414, title: "The URL is too long" },
  "unsupported-media-type": { status: 415, title: "The body must be JSON" },
  "internal-error": { status: 500, title: "Something went wrong here" },
  "slugs-exhausted": { status: 503, title: "No free slug was found" },
  "store-unavailable": { status: 503, title: "The database is not available" },
  "not-ready": { status: 503, title: "The service is not ready" },
};
