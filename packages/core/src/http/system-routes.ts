import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { LinkStore } from "../links/link-store.ts";
import type { AppDeps, AppEnv } from "./app-deps.ts";
import type { OpenApiDocument } from "./openapi-document.ts";
import { problemResponse } from "./problem.ts";
import { readinessDeadlineMs } from "./request-limits.ts";

/** For those who run the service: `/livez`, `/readyz`, `/version`, `/openapi.json`. No key needed. */
export function systemRoutes(deps: AppDeps, document: OpenApiDocument): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  for (const path of ["/livez", "/readyz", "/version", "/openapi.json"]) app.use(path, setHeaders);
  app.get("/livez", (c) => c.json({ status: "ok" }));
  app.get("/readyz", async (c) => {
    const reason = await reasonNotReady(deps.store);
    if (reason === null) return c.json({ status: "ready" });
    deps.logger.warn("not ready", { reason, requestId: c.env.requestId });
    return problemResponse(
      {
        code: "not-ready",
        message: "The database does not answer.",
        next: "Wait and ask again; if it lasts, look at the database and at this service's log.",
      },
      c.env.requestId,
      {
        headers: { "Retry-After": "1" },
        extensions: { reasons: [{ check: "database", message: "The database does not answer." }] },
      },
    );
  });
  app.get("/version", (c) => c.json(deps.build));
  app.get("/openapi.json", (c) => c.json(document));
  return app;
}

const setHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  c.header("X-Request-Id", c.env.requestId);
  c.header("Cache-Control", "no-store");
  c.header("X-Content-Type-Options", "nosniff");
});

async function reasonNotReady(store: LinkStore): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<string>((resolve) => {
    timer = setTimeout(
      () => resolve(`no answer within ${readinessDeadlineMs} ms`),
      readinessDeadlineMs,
    );
  });
  const check = store.check().then(
    () => null,
    (error: unknown) => String(error),
  );
  try {
    return await Promise.race([check, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
