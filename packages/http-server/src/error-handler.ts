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
    if (error instanceof RequestError) {
      return problem(400, "malformed-request", "The request's address or Host header is not valid.", "Send a valid Host header and path.");
    }
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    logger.error("a request handler threw", { reason });
    return problem(500, "internal-error", "Something went wrong in this service.", "Try again; if it lasts, tell whoever runs this service.");
  };
}

function problem(status: number, code: string, detail: string, next: string): Response {
  const title = status === 400 ? "Bad Request" : "Internal Server Error";
  const body = { type: `urn:shortline:problem:${code}`, title, status, detail, code, next };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });
}
