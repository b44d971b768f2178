import { createRoute, z } from "@hono/zod-openapi";
import { problemResponses } from "./problem-responses.ts";

const versionSchema = z
  .object({
    commit: z.string(),
    digest: z.string(),
    version: z
      .string()
      .nullable()
      .openapi({ description: "Null on builds that are named by commit only." }),
  })
  .openapi("Version");

const statusSchema = z.object({ status: z.string().openapi({ example: "ok" }) }).openapi("Status");

/** The documented routes for those who run the service. None needs a key. */
export const systemRouteDocs = [
  createRoute({
    method: "get",
    path: "/livez",
    operationId: "getLiveness",
    summary: "Whether the process answers at all",
    responses: {
      200: { description: "It does.", content: { "application/json": { schema: statusSchema } } },
    },
  }),
  createRoute({
    method: "get",
    path: "/readyz",
    operationId: "getReadiness",
    summary: "Whether requests can be served now",
    responses: {
      200: { description: "They can.", content: { "application/json": { schema: statusSchema } } },
      ...problemResponses("not-ready"),
    },
  }),
  createRoute({
    method: "get",
    path: "/version",
    operationId: "getVersion",
    summary: "Which build this is",
    responses: {
      200: {
        description: "Its identity.",
        content: { "application/json": { schema: versionSchema } },
      },
    },
  }),
  createRoute({
    method: "get",
    path: "/openapi.json",
    operationId: "getOpenApiDocument",
    summary: "This document",
    responses: {
      200: {
        description: "OpenAPI 3.1.",
        content: { "application/json": { schema: z.object({}) } },
      },
    },
  }),
] as const;
