import { OpenAPIHono } from "@hono/zod-openapi";
import { requireApiKey, limitBody, requireJson } from "./api-guards.ts";
import type { AppDeps, AppEnv } from "./app-deps.ts";
import { errorResponse } from "./error-response.ts";
import { linksRoutes } from "./links-routes.ts";
import { logApiRequests } from "./log-api-requests.ts";
import { observeRequests } from "./observe-requests.ts";
import { createOpenApiDocument, type OpenApiDocument } from "./openapi-document.ts";
import { problemResponse } from "./problem.ts";
import { redirectRoute } from "./redirect-route.ts";
import { createRequestIds } from "./request-id.ts";
import { maxUrlLength } from "./request-limits.ts";
import { allowedMethods, pathOf, routeTemplateOf } from "./route-template.ts";
import { systemRoutes } from "./system-routes.ts";

/** The product as a function from request to response. It never listens. */
export interface App {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly openApiDocument: OpenApiDocument;
}

/** Builds the product's HTTP side. */
export function createApp(deps: AppDeps): App {
  const document = createOpenApiDocument();
  const routes = buildRoutes(deps, document);
  const extraPaths = new Set((deps.extraRoutes ?? []).map((route): string => route.path));
  const requestIdOf = createRequestIds(deps.random);
  const observe = observeRequests();
  const fetch = (request: Request) => {
    const path = pathOf(request.url);
    const template = extraPaths.has(path) ? path : routeTemplateOf(path);
    return observe(request, { method: knownMethod(request.method), template }, (observed) => {
      const requestId = requestIdOf(observed);
      if (observed.url.length > maxUrlLength) return problemResponse(urlTooLong, requestId);
      return routes.fetch(observed, { requestId });
    });
  };
  return { fetch, openApiDocument: document };
}

function buildRoutes(deps: AppDeps, document: OpenApiDocument): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>();
  app.onError(errorResponse(deps.logger));
  app.notFound((c) => notFound(c.req.method, c.req.url, c.env.requestId));
  app.use(
    "/api/*",
    logApiRequests(deps.logger),
    requireApiKey(deps.apiKeys),
    limitBody,
    requireJson,
  );
  app.route("/", linksRoutes(deps));
  app.route("/", systemRoutes(deps, document));
  for (const route of deps.extraRoutes ?? []) {
    if (route.needsKey === true) app.use(route.path, requireApiKey(deps.apiKeys));
    app.get(route.path, (c) => route.handle(c.req.raw));
  }
  app.get("/:slug", redirectRoute(deps));
  return app;
}

function notFound(method: string, url: string, requestId: string): Response {
  const allow = allowedMethods(routeTemplateOf(pathOf(url)));
  if (allow === null || allow.split(", ").includes(method)) {
    return problemResponse(routeNotFound, requestId);
  }
  const failure = {
    code: "method-not-allowed",
    message: "This address does not answer to that method.",
    next: `Use ${allow}.`,
  } as const;
  return problemResponse(failure, requestId, { headers: { Allow: allow } });
}

const routeNotFound = {
  code: "route-not-found",
  message: "There is nothing at this address.",
  next: "Check the path; /openapi.json lists every address of this service.",
} as const;

const urlTooLong = {
  code: "url-too-long",
  message: `The URL is longer than ${maxUrlLength} characters.`,
  next: "Send a shorter URL; nothing in this API needs a long one.",
} as const;

const knownMethods: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PATCH",
  "DELETE",
  "PUT",
  "OPTIONS",
]);

/** Clients may invent methods; labels must not grow with their fantasy. */
function knownMethod(method: string): string {
  return knownMethods.has(method) ? method : "_OTHER";
}
