import { RequestError } from "@hono/node-server";

/** Where a server's log records go. A winston logger satisfies this by structure. */
export interface ServerLogger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): unknown;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): unknown;
  error(message: string, fields?: Readonly<Record<string, unknown>>): unknown;
}

/** Answers for what never reached the application, or what it threw. The client never sees why. */
export function errorHandler(logger: ServerLogger): (error: unknown) => Response {
  return (error) => {
    if (error instanceof RequestError) return problemResponse(malformed);
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    logger.error("a request handler threw", { reason });
    return problemResponse(internal);
  };
}

interface Problem {
  readonly status: number;
  readonly title: string;
  readonly code: string;
  readonly detail: string;
  readonly next: string;
}

function problemResponse(problem: Problem): Response {
  const body = { type: `urn:shortline:problem:${problem.code}`, ...problem };
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: { "Content-Type": "application/problem+json", "Cache-Control": "no-store" },
  });
}

const malformed: Problem = {
  status: 400,
  title: "Bad Request",
  code: "malformed-request",
  detail: "The request's path or its Host header is not valid.",
  next: "Send a valid Host header and path.",
};

const internal: Problem = {
  status: 500,
  title: "Internal Server Error",
  code: "internal-error",
  detail: "Something went wrong in this service.",
  next: "Try again; if it lasts, tell whoever runs this service.",
};
