import { HTTPException } from "hono/http-exception";
import type { Context } from "hono";
import { LinkStoreError } from "../links/link-store.ts";
import type { Logger } from "../links/logger.ts";
import type { AppEnv } from "./app-deps.ts";
import type { HttpFailure } from "./http-failure.ts";
import { problemResponse } from "./problem.ts";

/** Answers for whatever was thrown. The client learns what to do; only the log learns why. */
export function errorResponse(logger: Logger): (error: Error, c: Context<AppEnv>) => Response {
  return (error, c) => {
    const requestId = c.env.requestId;
    if (error instanceof HTTPException && error.status < 500) {
      return problemResponse(error.status === 415 ? unreadableType : malformedJson, requestId);
    }
    if (error instanceof LinkStoreError) {
      logger.error("the database failed", { requestId, reason: error.message });
      return problemResponse(storeUnavailable, requestId, { headers: { "Retry-After": "1" } });
    }
    logger.error("unexpected error", { requestId, reason: error.message, stack: error.stack });
    return problemResponse(internalError, requestId);
  };
}

const malformedJson: HttpFailure = {
  code: "malformed-json",
  message: "The body is not valid JSON.",
  next: 'Send one JSON object, such as {"destination":"https://example.com/"}.',
};

const unreadableType: HttpFailure = {
  code: "unsupported-media-type",
  message: "The body's Content-Type is not understood.",
  next: "Send Content-Type: application/json.",
};

const storeUnavailable: HttpFailure = {
  code: "store-unavailable",
  message: "The database is not available at the moment.",
  next: "Nothing is known to be changed; try again in a moment. If it lasts, tell whoever runs this service.",
};

const internalError: HttpFailure = {
  code: "internal-error",
  message: "Something went wrong in this service.",
  next: "Try again; if it lasts, tell whoever runs this service the request id.",
};
