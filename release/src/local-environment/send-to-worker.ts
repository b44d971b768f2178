import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { responseHeaders } from "./proxy-headers.ts";
import type { RequestBody } from "./request-body.ts";
import type { ServingTarget } from "./serving-gate.ts";

export interface WorkerRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: string[];
  readonly body: RequestBody | null;
}

export type SendResult =
  /** All of the answer is written; it is the caller's to end it. */
  | { readonly kind: "answered" }
  | { readonly kind: "client-gone" }
  | {
      readonly kind: "failed";
      readonly error: Error;
      /** The request may have reached the worker. */
      readonly sent: boolean;
      /** The client has the beginning of an answer. */
      readonly answering: boolean;
    };

/** Sends one request to one worker and streams the answer to the client as it comes. One attempt. */
export function sendToWorker(
  target: ServingTarget,
  request: WorkerRequest,
  response: ServerResponse,
): Promise<SendResult> {
  return new Promise((resolve) => {
    target.begin();
    const relay = new Relay(response, (result) => {
      target.end();
      resolve(result);
    });
    // The type asks for both ways to name headers; a flat array is documented. The copy is undici's to change.
    target.dispatcher.dispatch({ ...request, headers: [...request.headers] }, relay);
  });
}

class Relay implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #settle: (result: SendResult) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;
  #answering = false;
  #bodyBegun = false;

  constructor(response: ServerResponse, settle: (result: SendResult) => void) {
    this.#response = response;
    this.#settle = settle;
    response.on("close", this.#onClientClose);
    if (response.destroyed) this.#onClientClose();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) controller.abort(new Error("the client went away"));
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number): void {
    // An interim answer (103) is not passed on; the final one follows.
    if (statusCode < 200 || this.#settled) return;
    const raw = Array.isArray(controller.rawHeaders) ? controller.rawHeaders : [];
    this.#response.writeHead(statusCode, responseHeaders(raw));
    this.#answering = true;
    // Headers wait for the first piece of the body, and go alone when none has come with them.
    process.nextTick(() => {
      if (!this.#bodyBegun && !this.#settled) this.#response.flushHeaders();
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return;
    this.#bodyBegun = true;
    if (this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once("drain", () => {
      controller.resume();
    });
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    this.#finish({ kind: "answered" });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#finish({
      kind: "failed",
      error,
      sent: this.#controller !== null,
      answering: this.#answering,
    });
  }

  readonly #onClientClose = (): void => {
    const controller = this.#controller;
    this.#finish({ kind: "client-gone" });
    controller?.abort(new Error("the client went away"));
  };

  #finish(result: SendResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#response.off("close", this.#onClientClose);
    this.#settle(result);
  }
}
