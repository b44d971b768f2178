import { failureKinds } from "./failure-status.ts";
import type { ApiFailure } from "./http-failure.ts";

/** An RFC 9457 problem as clients get it. Extensions: `code`, `next`, and what a code adds. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** What to do next. */
  readonly next: string;
  /** The request's id; it is in the service's logs too. */
  readonly instance: string;
}

/** How one answer differs from the plain problem. */
export interface ProblemOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Answers with a failure. */
export function problemResponse(
  failure: ApiFailure,
  requestId: string,
  options: ProblemOptions = {},
): Response {
  const { status, title } = failureKinds[failure.code];
  const problem: Problem = {
    type: `urn:shortline:problem:${failure.code}`,
    title,
    status,
    detail: failure.message,
    code: failure.code,
    next: failure.next,
    instance: requestId,
  };
  return new Response(JSON.stringify({ ...problem, ...options.extensions }), {
    status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "X-Request-Id": requestId,
      ...options.headers,
    },
  });
}
