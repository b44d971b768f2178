import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { FrontBounds } from "./environment-bounds.ts";
import { systemCode } from "./environment-failure.ts";
import { requestHeaders } from "./proxy-headers.ts";
import { BodyTooLarge, RequestBody } from "./request-body.ts";
import { sendToWorker } from "./send-to-worker.ts";
import type { SendResult } from "./send-to-worker.ts";
import type { ServingGate, WaitResult } from "./serving-gate.ts";

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  /** Path and query, starting with a slash. */
  readonly path: string;
  readonly host: string | undefined;
}

/** What the front itself must answer, when no worker's answer can be had. */
export interface FrontAnswer {
  readonly status: 400 | 413 | 502 | 503 | 504;
  readonly reason: string;
}

/** "answered": all is written and the response is to be ended. "broken": an answer began and cannot be ended. */
export type ForwardResult = FrontAnswer | "answered" | "broken" | "client-gone";

const repeatableMethods = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
const lostConnection = new Set([
  "EADDRNOTAVAIL",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_CLOSED",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_DESTROYED",
  "UND_ERR_SOCKET",
]);

/**
 * Brings one request to the serving worker. It waits, bounded, while there is none. A request that never
 * reached a worker is tried again, and so is a repeatable one that got no answer; a body is never sent twice.
 */
export async function forwardRequest(
  exchange: Exchange,
  gate: ServingGate,
  bounds: FrontBounds,
): Promise<ForwardResult> {
  const { request, response } = exchange;
  const origin = { clientAddress: addressOf(request), host: exchange.host };
  const headers = requestHeaders(request.rawHeaders, request.headers.connection, origin);
  const deadline = performance.now() + bounds.waitMs;
  const method = request.method ?? "GET";
  let sends = 0;
  let pauseMs = bounds.firstPauseMs;
  for (let attempt = 0; attempt < bounds.connects; attempt += 1) {
    const target =
      gate.target ?? (await waitForTarget(gate, deadline - performance.now(), response));
    if (typeof target === "string") return waitedInVain(target);
    const body = hasBody(request) ? newBody(exchange, bounds) : null;
    const result = await sendToWorker(
      target,
      { method, path: exchange.path, headers, body },
      response,
    );
    body?.destroy();
    if (request.socket.destroyed) return "client-gone";
    if (result.kind !== "failed") return result.kind;
    if (result.answering) return "broken";
    if (result.sent) sends += 1;
    const again =
      body?.begun !== true &&
      (!result.sent || (repeatableMethods.has(method) && sends < bounds.sends));
    if (!again || !lostConnection.has(systemCode(result.error))) return answerFor(result);
    if (performance.now() + pauseMs > deadline) return waitedInVain("too-late");
    // The end of the worker's process is seen a moment after the end of its connections.
    await delay(pauseMs);
    pauseMs = Math.min(pauseMs * 2, bounds.longestPauseMs);
  }
  return waitedInVain("too-late");
}

function addressOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? "unknown").replace(/^::ffff:/, "");
}

async function waitForTarget(
  gate: ServingGate,
  timeoutMs: number,
  response: ServerResponse,
): Promise<WaitResult> {
  const gone = new AbortController();
  const onClose = (): void => {
    gone.abort();
  };
  response.once("close", onClose);
  if (response.destroyed) gone.abort();
  const target = await gate.wait(timeoutMs, gone.signal);
  response.off("close", onClose);
  return target;
}

export function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers["transfer-encoding"] !== undefined ||
    Number(request.headers["content-length"] ?? 0) > 0
  );
}

function newBody(exchange: Exchange, bounds: FrontBounds): RequestBody {
  const body = new RequestBody(exchange.request, {
    boundBytes: bounds.requestBodySizeBytes,
    onFirstRead: () => {
      if (exchange.expectsContinue) exchange.response.writeContinue();
    },
  });
  // undici listens while it has the body; after that a client that goes away is no error of ours.
  body.on("error", () => undefined);
  return body;
}

function waitedInVain(why: Extract<WaitResult, string>): ForwardResult {
  switch (why) {
    case "client-gone":
      return "client-gone";
    case "given-up":
      return { status: 503, reason: "The serving build does not start." };
    case "too-many":
      return { status: 503, reason: "No build serves now, and too many requests wait." };
    case "too-late":
      return { status: 503, reason: "No build serves now." };
  }
}

function answerFor(result: Extract<SendResult, { kind: "failed" }>): FrontAnswer {
  const code = systemCode(result.error);
  if (result.error instanceof BodyTooLarge)
    return { status: 413, reason: "The request body is too large." };
  if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED") {
    return { status: 400, reason: "The request cannot be passed on." };
  }
  if (code === "UND_ERR_HEADERS_TIMEOUT")
    return { status: 504, reason: "The build did not answer in time." };
  return { status: 502, reason: "The build ended the connection without an answer." };
}
