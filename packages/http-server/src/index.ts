export type { DrainResult } from "./drain-server.ts";
export type { ServerLogger } from "./error-handler.ts";
export type { ListenFailure, ListenFailureCode, ListenTarget } from "./listen-failure.ts";
export {
  startHttpServer,
  type HttpServerOptions,
  type HttpServerResult,
  type RunningHttpServer,
} from "./start-http-server.ts";
