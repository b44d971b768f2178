import type { IncomingMessage } from "node:http";
import type { FrontBounds } from "./environment-bounds.ts";

interface Refusal {
  readonly status: 400 | 405 | 413 | 501;
  readonly reason: string;
}

/** Requests whose meaning a worker might read differently than the front are refused; null: go on. */
export function refusalOf(request: IncomingMessage, bounds: FrontBounds): Refusal | null {
  const { headers, method, url = "" } = request;
  if (method === "TRACE" || method === "CONNECT")
    return { status: 405, reason: "This method is not passed on." };
  if (!url.startsWith("/") && !/^https?:\/\/[^/?#]/i.test(url)) {
    return { status: 400, reason: "The request target must be a path." };
  }
  if (/[^\x21-\xff]/.test(url))
    return { status: 400, reason: "The request target has invalid bytes." };
  if (count(request.rawHeaders, "host") > 1)
    return { status: 400, reason: "There is more than one Host." };
  const encoding = headers["transfer-encoding"];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== "chunked") {
    return { status: 501, reason: "Only the chunked transfer encoding is understood." };
  }
  const length = headers["content-length"];
  if (length !== undefined && (encoding !== undefined || !/^\d{1,15}$/.test(length))) {
    return { status: 400, reason: "The length of the body is not clear." };
  }
  if (Number(length ?? 0) > bounds.requestBodySizeBytes) {
    return { status: 413, reason: "The request body is too large." };
  }
  return null;
}

/** Path with query, and host: an absolute request target says both (RFC 9112, 3.2.2). */
export function requestTarget(request: IncomingMessage): {
  path: string;
  host: string | undefined;
} {
  const url = request.url ?? "/";
  if (url.startsWith("/")) return { path: url, host: request.headers.host };
  const [, host = "", path = ""] = /^https?:\/\/([^/?#]*)([^#]*)/i.exec(url) ?? [];
  return { path: path.startsWith("/") ? path : `/${path}`, host };
}

function count(rawHeaders: readonly string[], wanted: string): number {
  let found = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === wanted) found += 1;
  }
  return found;
}
