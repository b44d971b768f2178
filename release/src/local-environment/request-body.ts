import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** The client sent more than the bound. */
export class BodyTooLarge extends Error {}

/**
 * A request's body on its way to a worker. Nothing is read from the client before the worker's connection
 * is there, so an attempt that failed before that can be repeated. Destroying it leaves the client's
 * connection open for the answer.
 */
export class RequestBody extends Readable {
  readonly #request: IncomingMessage;
  readonly #boundBytes: number;
  readonly #onFirstRead: () => void;
  #sizeBytes = 0;
  /** True from the moment when bytes may have been taken from the client. */
  begun = false;

  constructor(request: IncomingMessage, options: { boundBytes: number; onFirstRead: () => void }) {
    super();
    this.#request = request;
    this.#boundBytes = options.boundBytes;
    this.#onFirstRead = options.onFirstRead;
  }

  override _read(): void {
    if (this.begun) {
      this.#request.resume();
      return;
    }
    this.begun = true;
    this.#onFirstRead();
    this.#request.on("data", this.#onData);
    this.#request.on("end", this.#onEnd);
    this.#request.on("error", this.#onError);
    if (this.#request.readableEnded) this.push(null);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#request.pause();
    this.#request.off("data", this.#onData);
    this.#request.off("end", this.#onEnd);
    this.#request.off("error", this.#onError);
    done(error);
  }

  readonly #onData = (piece: Buffer): void => {
    this.#sizeBytes += piece.length;
    if (this.#sizeBytes > this.#boundBytes)
      this.destroy(new BodyTooLarge("the request body is too large"));
    else if (!this.push(piece)) this.#request.pause();
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };

  readonly #onError = (error: Error): void => {
    this.destroy(error);
  };
}
