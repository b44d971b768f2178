import { createRoute } from "@hono/zod-openapi";
import { metrics } from "@opentelemetry/api";
import type { Context, Handler } from "hono";
import { resolveLink, unknownLink, type Resolution } from "../links/resolve-link.ts";
import { parseSlug, type Slug } from "../links/slug.ts";
import type { AppDeps, AppEnv } from "./app-deps.ts";
import { failureKinds } from "./failure-status.ts";
import { failurePage } from "./failure-page.ts";
import { slugParamsSchema } from "./link-schemas.ts";
import { problemResponses } from "./problem-responses.ts";
import { problemResponse } from "./problem.ts";

const redirectDoc = {
  path: "/{slug}",
  request: { params: slugParamsSchema },
  responses: {
    302: {
      description: "To the destination. Never cached, so that changes and clicks count.",
      headers: { Location: { schema: { type: "string" as const } } },
    },
    ...problemResponses("link-not-found", "link-expired", "store-unavailable"),
  },
};

/** The documented routes of this resource. */
export const redirectRouteDocs = [
  createRoute({
    ...redirectDoc,
    method: "get",
    operationId: "followLink",
    summary: "Follow a short link",
  }),
  createRoute({
    ...redirectDoc,
    method: "head",
    operationId: "inspectLink",
    summary: "See where a short link leads, without counting a click",
  }),
] as const;

/** Labels are made once: a redirect allocates none. */
const outcomeLabels = {
  redirected: { outcome: "redirected" },
  unknown: { outcome: "unknown" },
  expired: { outcome: "expired" },
} as const;

/**
 * Following a short link: `/{slug}`. Only GET counts as a click; link previews ask with HEAD.
 * Answers without waiting for anything where the store does.
 */
export function redirectRoute(deps: AppDeps): Handler<AppEnv> {
  const redirects = metrics.getMeter("shortline").createCounter("shortline.redirects", {
    description: "Visits to short links, by how they ended.",
  });
  const finish = (c: Context<AppEnv>, slug: Slug | null, resolution: Resolution): Response => {
    redirects.add(1, outcomeLabels[resolution.outcome]);
    const requestId = c.env.requestId;
    if (resolution.outcome !== "redirected")
      return failureResponse(c.req.raw, resolution, requestId);
    if (slug !== null && c.req.raw.method === "GET") deps.clickBuffer.record(slug);
    return new Response(null, {
      status: 302,
      headers: {
        Location: resolution.target.destination,
        "Content-Length": "0",
        "Cache-Control": "private, no-store",
        "X-Request-Id": requestId,
      },
    });
  };
  return (c) => {
    const slug = parseSlug(c.req.param("slug") ?? "");
    if (!slug.ok) return finish(c, null, unknownLink);
    const resolution = resolveLink(deps, slug.value);
    if (!(resolution instanceof Promise)) return finish(c, slug.value, resolution);
    return resolution.then((later) => finish(c, slug.value, later));
  };
}

function failureResponse(
  request: Request,
  resolution: Exclude<Resolution, { outcome: "redirected" }>,
  requestId: string,
): Response {
  const wantsPage = request.headers.get("accept")?.includes("text/html") ?? false;
  if (!wantsPage)
    return problemResponse(resolution.failure, requestId, { headers: { Vary: "Accept" } });
  return failurePage(resolution.failure, failureKinds[resolution.failure.code].status, requestId);
}
