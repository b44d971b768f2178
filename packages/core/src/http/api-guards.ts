import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import type { Context, MiddlewareHandler } from "hono";
import { createKeyCheck, type ApiKey } from "./api-keys.ts";
import type { AppEnv } from "./app-deps.ts";
import type { HttpFailure } from "./http-failure.ts";
import { problemResponse } from "./problem.ts";
import { maxBodyBytes } from "./request-limits.ts";

/** Lets only requests with a known API key through. */
export function requireApiKey(apiKeys: readonly ApiKey[]): MiddlewareHandler<AppEnv> {
  const check = createKeyCheck(apiKeys);
  return createMiddleware<AppEnv>(async (c, next) => {
    const presented = presentedKey(c.req.raw.headers);
    const key = presented === null ? null : check(presented);
    if (key === null) {
      const headers = { "WWW-Authenticate": 'Bearer realm="shortline"' };
      return problemResponse(presented === null ? noKey : wrongKey, c.env.requestId, { headers });
    }
    c.set("apiKeyId", key.id);
    await next();
    return undefined;
  });
}

/** Refuses bodies over the limit, announced or not, before they are kept in memory. */
export const limitBody: MiddlewareHandler<AppEnv> = bodyLimit({
  maxSize: maxBodyBytes,
  onError: (c: Context<AppEnv>) =>
    // The rest of the body is not read; a client that keeps sending must not keep the connection.
    problemResponse(bodyTooLarge, c.env.requestId, { headers: { Connection: "close" } }),
});

/** Refuses bodies that do not say they are JSON. */
export const requireJson: MiddlewareHandler<AppEnv> = createMiddleware<AppEnv>(async (c, next) => {
  const hasBody = c.req.method === "POST" || c.req.method === "PATCH";
  const mediaType = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (hasBody && mediaType !== "application/json") return problemResponse(notJson, c.env.requestId);
  await next();
  return undefined;
});

function presentedKey(headers: Headers): string | null {
  const authorization = headers.get("authorization");
  if (authorization === null) return headers.get("x-api-key");
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? null;
}

const howToSend = "Send Authorization: Bearer KEY, or X-Api-Key: KEY.";

const noKey: HttpFailure = {
  code: "unauthorized",
  message: "This request carries no API key.",
  next: howToSend,
};

const wrongKey: HttpFailure = {
  code: "unauthorized",
  message: "This API key is not known here.",
  next: `${howToSend} Ask whoever runs this service for a key that is in force.`,
};

const bodyTooLarge: HttpFailure = {
  code: "body-too-large",
  message: `The body is larger than ${maxBodyBytes} bytes.`,
  next: "Send less: one link per request, and no field that /openapi.json does not name.",
};

const notJson: HttpFailure = {
  code: "unsupported-media-type",
  message: "The body is not declared as JSON.",
  next: "Send Content-Type: application/json.",
};
