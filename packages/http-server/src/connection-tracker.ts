import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What is known about one open connection. */
interface Connection {
  /** The response that is being made, if a request is in flight. */
  response: ServerResponse | null;
  /** `socket.bytesRead` when it last became idle; more bytes since then are a request that arrives. */
  bytesReadWhenIdle: number;
}

/** Knows which of a server's connections are idle, which are busy and which are just being written to. */
export class ConnectionTracker {
  readonly #connections = new Map<Socket, Connection>();
  #draining = false;
  #acceptedConnections = 0;
  #completedWhileDraining = 0;
  #onEmpty: (() => void) | undefined;

  constructor(server: Server) {
    server.on("connection", (socket: Socket) => this.#add(socket));
    // Before the handler that makes the response, so that it sees the header set here.
    server.prependListener("request", (request, response) => this.#begin(request, response));
  }

  /** Connections accepted since the start. */
  get acceptedConnections(): number {
    return this.#acceptedConnections;
  }

  /** Requests answered since draining began. */
  get completedWhileDraining(): number {
    return this.#completedWhileDraining;
  }

  /** Whether an error on this connection can still be answered without garbling another answer. */
  mayAnswer(socket: Socket): boolean {
    return this.#connections.get(socket)?.response?.headersSent !== true;
  }

  /** From now on every answer, those in the making included, asks its client to dial anew. */
  startDraining(): void {
    this.#draining = true;
    for (const { response } of this.#connections.values()) askToReconnect(response);
  }

  /** Closes the connections on which no request is in flight or arriving. */
  closeIdle(): void {
    for (const [socket, connection] of this.#connections) {
      const isArriving = socket.bytesRead > connection.bytesReadWhenIdle;
      if (connection.response === null && !isArriving) socket.destroy();
    }
  }

  /** Closes all connections. Says how many had a request in flight. */
  closeAll(): number {
    let busy = 0;
    for (const [socket, connection] of this.#connections) {
      if (connection.response !== null) busy += 1;
      socket.destroy();
    }
    return busy;
  }

  /** Resolves when the last connection is gone. */
  whenEmpty(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #add(socket: Socket): void {
    this.#acceptedConnections += 1;
    this.#connections.set(socket, { response: null, bytesReadWhenIdle: 0 });
    socket.once("close", () => {
      this.#connections.delete(socket);
      if (this.#connections.size === 0) this.#onEmpty?.();
    });
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) return;
    connection.response = response;
    if (this.#draining) askToReconnect(response);
    response.once("close", () => {
      if (this.#draining && response.writableFinished) this.#completedWhileDraining += 1;
      // A pipelined request may have taken the connection over already.
      if (connection.response !== response) return;
      connection.response = null;
      connection.bytesReadWhenIdle = request.socket.bytesRead;
    });
  }
}

function askToReconnect(response: ServerResponse | null): void {
  if (response !== null && !response.headersSent) response.setHeader("Connection", "close");
}
