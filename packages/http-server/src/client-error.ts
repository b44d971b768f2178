import type { Socket } from "node:net";

/**
 * Answers, in problem+json, a request that never became one (unreadable, too large, too slow) where
 * that is still possible, and lets go of the connection.
 */
export function refuseClient(error: Error, socket: Socket, mayAnswer: boolean): void {
  if (mayAnswer && socket.writable) socket.end(responseFor(error));
  else socket.destroy();
}

function responseFor(error: Error): string {
  const { status, title, code, next } = explain("code" in error ? String(error.code) : "");
  const problem = {
    type: `urn:shortline:problem:${code}`,
    title,
    status,
    detail: `${title}.`,
    code,
    next,
  };
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${status} ${title}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
}

interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly code: string;
  readonly next: string;
}

function explain(code: string): Refusal {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return {
        status: 431,
        title: "Request Header Fields Too Large",
        code: "headers-too-large",
        next: "Send fewer or smaller headers; cookies are not needed here.",
      };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return {
        status: 408,
        title: "Request Timeout",
        code: "request-timeout",
        next: "Send the whole request without long pauses.",
      };
    default:
      return {
        status: 400,
        title: "Bad Request",
        code: "malformed-request",
        next: "Send well-formed HTTP/1.1.",
      };
  }
}
