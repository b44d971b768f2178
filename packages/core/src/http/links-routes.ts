import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { createLink } from "../links/create-link.ts";
import { findLink } from "../links/find-link.ts";
import { listLinks } from "../links/list-links.ts";
import { retireLink } from "../links/retire-link.ts";
import { updateLink } from "../links/update-link.ts";
import type { AppDeps, AppEnv } from "./app-deps.ts";
import { invalidRequest } from "./invalid-request.ts";
import {
  linkChangesSchema,
  linkPageSchema,
  linkSchema,
  listQuerySchema,
  newLinkSchema,
  slugParamsSchema,
  toLinkJson,
} from "./link-schemas.ts";
import { bodyFailures, commonApiFailures, problemResponses } from "./problem-responses.ts";
import { problemResponse } from "./problem.ts";

const path = "/api/v1/links";
const security = [{ bearer: [] }, { apiKey: [] }];
const linkContent = { "application/json": { schema: linkSchema } };

const createLinkRoute = createRoute({
  method: "post",
  path,
  operationId: "createLink",
  summary: "Create a link",
  security,
  request: { body: { required: true, content: { "application/json": { schema: newLinkSchema } } } },
  responses: {
    201: {
      description: "The new link; `Location` is its address in this API.",
      content: linkContent,
      headers: {
        Location: { schema: { type: "string" }, description: "Address of the link in this API." },
      },
    },
    ...problemResponses(
      ...bodyFailures,
      "invalid-destination",
      "invalid-slug",
      "reserved-slug",
      "invalid-title",
      "invalid-expiry",
      "slug-taken",
      "slugs-exhausted",
      ...commonApiFailures,
    ),
  },
});

const listLinksRoute = createRoute({
  method: "get",
  path,
  operationId: "listLinks",
  summary: "List links, newest first",
  security,
  request: { query: listQuerySchema },
  responses: {
    200: { description: "One page.", content: { "application/json": { schema: linkPageSchema } } },
    ...problemResponses("invalid-request", "invalid-cursor", "invalid-limit", ...commonApiFailures),
  },
});

const getLinkRoute = createRoute({
  method: "get",
  path: `${path}/{slug}`,
  operationId: "getLink",
  summary: "Read a link, expired or not",
  security,
  request: { params: slugParamsSchema },
  responses: {
    200: { description: "The link.", content: linkContent },
    ...problemResponses("link-not-found", ...commonApiFailures),
  },
});

const updateLinkRoute = createRoute({
  method: "patch",
  path: `${path}/{slug}`,
  operationId: "updateLink",
  summary: "Change a link: the given fields, all or none",
  security,
  request: {
    params: slugParamsSchema,
    body: { required: true, content: { "application/json": { schema: linkChangesSchema } } },
  },
  responses: {
    200: { description: "The link as it is now.", content: linkContent },
    ...problemResponses(
      ...bodyFailures,
      "invalid-destination",
      "invalid-title",
      "invalid-expiry",
      "link-not-found",
      ...commonApiFailures,
    ),
  },
});

const deleteLinkRoute = createRoute({
  method: "delete",
  path: `${path}/{slug}`,
  operationId: "deleteLink",
  summary: "Delete a link and its clicks; the slug is free again",
  security,
  request: { params: slugParamsSchema },
  responses: {
    204: { description: "Deleted." },
    ...problemResponses("link-not-found", ...commonApiFailures),
  },
});

/** The documented routes of this resource. */
export const linksRouteDocs = [
  createLinkRoute,
  listLinksRoute,
  getLinkRoute,
  updateLinkRoute,
  deleteLinkRoute,
] as const;

/** Managing links: `/api/v1/links`. Authentication and body limits come before it. */
export function linksRoutes(deps: AppDeps): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({
    defaultHook: (result, c) =>
      result.success ? undefined : problemResponse(invalidRequest(result), c.env.requestId),
  });
  addReadingRoutes(app, deps);
  addWritingRoutes(app, deps);
  return app;
}

function addReadingRoutes(app: OpenAPIHono<AppEnv>, deps: AppDeps): void {
  app.openapi(listLinksRoute, async (c) => {
    const page = await listLinks(deps.store, c.req.valid("query"));
    if (!page.ok) return problemResponse(page.failure, c.env.requestId);
    const baseUrl = baseUrlFor(deps, c.req.url);
    const links = page.value.links.map((link) => toLinkJson(link, baseUrl));
    return c.json({ links, nextCursor: page.value.nextCursor }, 200);
  });
  app.openapi(getLinkRoute, async (c) => {
    const link = await findLink(deps.store, c.req.valid("param").slug);
    if (!link.ok) return problemResponse(link.failure, c.env.requestId);
    return c.json(toLinkJson(link.value, baseUrlFor(deps, c.req.url)), 200);
  });
}

function addWritingRoutes(app: OpenAPIHono<AppEnv>, deps: AppDeps): void {
  app.openapi(createLinkRoute, async (c) => {
    const link = await createLink(deps, c.req.valid("json"));
    if (!link.ok) return problemResponse(link.failure, c.env.requestId);
    const body = toLinkJson(link.value, baseUrlFor(deps, c.req.url));
    return c.json(body, 201, { Location: `${path}/${link.value.slug}` });
  });
  app.openapi(updateLinkRoute, async (c) => {
    const link = await updateLink(deps, c.req.valid("param").slug, c.req.valid("json"));
    if (!link.ok) return problemResponse(link.failure, c.env.requestId);
    return c.json(toLinkJson(link.value, baseUrlFor(deps, c.req.url)), 200);
  });
  app.openapi(deleteLinkRoute, async (c) => {
    const slug = await retireLink(deps.store, c.req.valid("param").slug);
    return slug.ok ? c.body(null, 204) : problemResponse(slug.failure, c.env.requestId);
  });
}

/** Where short links start: the configured address, or the one this request came to. */
function baseUrlFor(deps: AppDeps, requestUrl: string): string {
  return (deps.publicUrl ?? new URL(requestUrl).origin).replace(/\/+$/, "");
}
