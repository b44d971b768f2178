import { chmod } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { Server as NetServer, type AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { refuseClient } from "./client-error.ts";
import { ConnectionTracker } from "./connection-tracker.ts";
import { drainServer, type DrainResult } from "./drain-server.ts";
import { errorHandler, type ServerLogger } from "./error-handler.ts";
import { listenFailure, type ListenFailure, type ListenTarget } from "./listen-failure.ts";
import {
  headersTimeoutMs,
  keepAliveTimeoutMs,
  maxConnections,
  maxHeaderBytes,
  maxHeaderLines,
  requestTimeoutMs,
  socketIdleTimeoutMs,
} from "./server-limits.ts";
import { removeStaleSocket } from "./stale-socket.ts";

/** What a server needs. */
export interface HttpServerOptions {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly listen: ListenTarget;
  /** Draining ends after this, cutting whatever is still in flight. */
  readonly drainTimeoutMs: number;
  readonly logger: ServerLogger;
}

/** A server that listens. */
export interface RunningHttpServer {
  /** Host and port, the Unix socket's path, or the descriptor of an inherited Unix socket. */
  readonly address:
    | { readonly host: string; readonly port: number }
    | { readonly path: string }
    | { readonly fd: number };
  /** For a browser or a client: `http://host:port`, `unix:/path`, or `fd:3`, whose path only the holder knows. */
  readonly url: string;
  /**
   * Stops accepting, lets requests in flight finish, asks every client to dial anew, and resolves when
   * the last connection is gone. Calling it again gives the same promise.
   */
  drain(): Promise<DrainResult>;
}

/** Either a listening server or why there is none. */
export type HttpServerResult =
  | { readonly ok: true; readonly value: RunningHttpServer }
  | { readonly ok: false; readonly failure: ListenFailure };

/** Serves `fetch` over HTTP/1.1. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServerResult> {
  const { listen } = options;
  const server = buildServer(options);
  const tracker = new ConnectionTracker(server);
  server.on("clientError", (error, socket) => {
    // Servers made by createServer hand out sockets; the declared type is wider for TLS
    const connection = socket as Parameters<typeof refuseClient>[1];
    refuseClient(error, connection, tracker.mayAnswer(connection));
  });
  try {
    const unusable = "path" in listen ? await removeStaleSocket(listen.path) : null;
    if (unusable !== null) return { ok: false, failure: unusable };
    await listenOn(server, listen);
    if ("path" in listen) await chmod(listen.path, 0o660);
  } catch (error) {
    NetServer.prototype.close.call(server);
    return { ok: false, failure: listenFailure(listen, error) };
  }
  server.on("error", (error) => options.logger.error("server error", { reason: error.message }));
  let draining: Promise<DrainResult> | undefined;
  const drain = () => (draining ??= drainServer(server, tracker, options.drainTimeoutMs));
  return { ok: true, value: { ...addressOf(server, listen), drain } };
}

function buildServer(options: HttpServerOptions): Server {
  const listener = getRequestListener((request) => options.fetch(request), {
    errorHandler: errorHandler(options.logger),
  });
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: 1_000,
      // Refused further on, in problem+json.
      requireHostHeader: false,
    },
    (request, response) => void listener(request, response),
  );
  server.maxHeadersCount = maxHeaderLines;
  server.maxConnections = maxConnections;
  server.setTimeout(socketIdleTimeoutMs);
  return server;
}

function listenOn(server: Server, target: ListenTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...target }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function addressOf(
  server: Server,
  listen: ListenTarget,
): Pick<RunningHttpServer, "address" | "url"> {
  const bound: AddressInfo | string | null = server.address();
  if (bound === null && "fd" in listen) return { address: listen, url: `fd:${listen.fd}` };
  if (bound === null) throw new Error("a listening server has no address");
  if (typeof bound === "string") return { address: { path: bound }, url: `unix:${bound}` };
  const host = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return {
    address: { host: bound.address, port: bound.port },
    url: `http://${host}:${bound.port}`,
  };
}
