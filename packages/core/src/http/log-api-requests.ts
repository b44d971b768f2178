import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import type { Logger } from "../links/logger.ts";
import type { AppEnv } from "./app-deps.ts";
import { pathOf, routeTemplateOf } from "./route-template.ts";

/** One record per API request, and the request's id on its answer. Redirects are counted, not logged. */
export function logApiRequests(logger: Logger): MiddlewareHandler<AppEnv> {
  return createMiddleware<AppEnv>(async (c, next) => {
    const startedMs = performance.now();
    await next();
    c.header("X-Request-Id", c.env.requestId);
    c.header("Cache-Control", "no-store");
    c.header("X-Content-Type-Options", "nosniff");
    logger.info("api request", {
      method: c.req.method,
      route: routeTemplateOf(pathOf(c.req.url)),
      status: c.res.status,
      durationMs: Math.round((performance.now() - startedMs) * 100) / 100,
      requestId: c.env.requestId,
      apiKeyId: c.get("apiKeyId"),
    });
  });
}
