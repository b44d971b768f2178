import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { FrontBounds } from "./environment-bounds.ts";
import { forwardRequest, hasBody } from "./forward-request.ts";
import { refusalOf, requestTarget } from "./request-target.ts";
import type { ServingGate } from "./serving-gate.ts";

export interface FrontStatus {
  readonly waiting: number;
  /** `failed`: the front answered 502, 503 or 504 itself, or could not end an answer that a worker began. */
  readonly requests: { readonly total: number; readonly failed: number };
}

interface Incoming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly expectsContinue: boolean;
}

interface Connection {
  latest: ServerResponse | null;
  open: number;
  closed: boolean;
}

/** The public HTTP/1.1 listener: sends each request to the worker that serves at that moment. */
export class FrontProxy {
  readonly #gate: ServingGate;
  readonly #bounds: FrontBounds;
  readonly #server: Server;
  readonly #connections = new WeakMap<Socket, Connection>();
  #inFlight = 0;
  #total = 0;
  #failed = 0;
  #closing = false;

  constructor(gate: ServingGate, bounds: FrontBounds) {
    this.#gate = gate;
    this.#bounds = bounds;
    this.#server = createServer(
      {
        maxHeaderSize: bounds.headerSizeBytes,
        headersTimeout: bounds.headersReceiveMs,
        requestTimeout: bounds.requestReceiveMs,
        connectionsCheckingInterval: 5_000,
        keepAliveTimeout: bounds.keepAliveMs,
        insecureHTTPParser: false,
        requireHostHeader: true,
        noDelay: true,
      },
      (request, response) => {
        this.#accept({ request, response, expectsContinue: false });
      },
    );
    this.#server.maxConnections = bounds.connections;
    this.#server.setTimeout(bounds.clientIdleMs);
    this.#server.on("checkContinue", (request, response) => {
      this.#accept({ request, response, expectsContinue: true });
    });
    this.#server.on("connect", (_request, socket) => {
      socket.end(
        "HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
      );
    });
  }

  /** @throws the system's error, with its code, when the address cannot be had */
  async listen(address: { host: string; port: number }): Promise<{ host: string; port: number }> {
    this.#server.listen({ host: address.host, port: address.port, backlog: 1024 });
    await once(this.#server, "listening");
    const bound = this.#server.address();
    return {
      host: address.host,
      port: typeof bound === "object" && bound !== null ? bound.port : address.port,
    };
  }

  status(): FrontStatus {
    return { waiting: this.#gate.waiting, requests: { total: this.#total, failed: this.#failed } };
  }

  /** Takes no new connection, lets requests in flight finish within the bound, then closes what is open. */
  async close(options: { drainMs: number }): Promise<void> {
    this.#closing = true;
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    const deadline = performance.now() + options.drainMs;
    while (this.#inFlight > 0 && performance.now() < deadline) await delay(10);
    this.#server.closeIdleConnections();
    // What was answered last is still on its way out of the sockets.
    await Promise.race([closed, delay(Math.min(500, options.drainMs))]);
    this.#server.closeAllConnections();
    await closed;
  }

  #accept(incoming: Incoming): void {
    const { request, response } = incoming;
    this.#total += 1;
    // A client that goes away is no failure of the front.
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    if (this.#closing) response.shouldKeepAlive = false;
    const turn = this.#turn(request.socket, response);
    const handled =
      turn === null ? this.#handle(incoming) : turn.then(() => this.#handle(incoming));
    handled.catch((error: unknown) => {
      // A bug must not take the environment down: the supervisor's log tells it, and the client sees a failure.
      process.emitWarning(error instanceof Error ? error : String(error));
      this.#failed += 1;
      request.socket.destroy();
    });
  }

  /** Pipelined requests reach the workers one after another, as their sender may rely on. null: at once. */
  #turn(socket: Socket, response: ServerResponse): Promise<unknown> | null {
    const connection = this.#connection(socket);
    const before = connection.latest;
    connection.latest = response;
    connection.open += 1;
    this.#inFlight += 1;
    response.once("close", () => {
      if (connection.closed) return;
      connection.open -= 1;
      this.#inFlight -= 1;
    });
    if (connection.open > this.#bounds.requestsPipelined) socket.destroy();
    return connection.open === 1 || before === null || before.writableFinished
      ? null
      : once(before, "close");
  }

  #connection(socket: Socket): Connection {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    const connection: Connection = { latest: null, open: 0, closed: false };
    this.#connections.set(socket, connection);
    // Answers that had not got their turn on the socket never say that they are closed.
    socket.once("close", () => {
      connection.closed = true;
      this.#inFlight -= connection.open;
    });
    return connection;
  }

  async #handle(incoming: Incoming): Promise<void> {
    const { request, response } = incoming;
    if (request.socket.destroyed) return;
    const refusal = refusalOf(request, this.#bounds);
    if (refusal !== null) {
      this.#answer(incoming, refusal.status, refusal.reason);
      return;
    }
    if (this.#inFlight > this.#bounds.requestsInFlight) {
      this.#answer(incoming, 503, "Too many requests at once.");
      return;
    }
    const { path, host } = requestTarget(request);
    const result = await forwardRequest({ ...incoming, path, host }, this.#gate, this.#bounds);
    if (result === "broken") {
      this.#failed += 1;
      response.destroy();
    } else if (result === "answered") {
      this.#end(incoming);
    } else if (result !== "client-gone") {
      this.#answer(incoming, result.status, result.reason);
    }
  }

  #answer(incoming: Incoming, status: number, reason: string): void {
    const { request, response } = incoming;
    if (status >= 502) this.#failed += 1;
    if (response.destroyed) return;
    const text = `${reason}\n`;
    const headers: Record<string, string | number> = {
      "content-type": "text/plain; charset=utf-8",
      "content-length": Buffer.byteLength(text),
      "cache-control": "no-store",
    };
    if (status === 503) headers["retry-after"] = this.#bounds.retryAfterSeconds;
    // The place where the next request would begin is not trusted after a refusal with a body.
    if (!request.complete) headers["connection"] = "close";
    response.writeHead(status, headers);
    response.write(text);
    this.#end(incoming);
  }

  /**
   * Closing a connection with unread bytes makes the client's system throw the answer away: what the client
   * still sends is read and dropped first, bounded. Most requests are complete by then.
   */
  #end({ request, response }: Incoming): void {
    // A body that was not read to its end would hold back the next request on this connection.
    if (!request.readableEnded && hasBody(request)) request.resume();
    if (request.complete) {
      response.end();
      return;
    }
    const timer = setTimeout(() => {
      response.end(() => request.socket.destroy());
    }, this.#bounds.lingerMs);
    request.once("end", () => response.end());
    response.once("close", () => {
      clearTimeout(timer);
    });
  }
}
