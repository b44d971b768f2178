import { OpenAPIHono } from "@hono/zod-openapi";
import { linksRouteDocs } from "./links-routes.ts";
import { redirectRouteDocs } from "./redirect-route.ts";
import { systemRouteDocs } from "./system-route-docs.ts";

/** An OpenAPI 3.1 document. */
export type OpenApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

/** Describes the whole HTTP interface. The same on every machine and in every build of one commit. */
export function createOpenApiDocument(): OpenApiDocument {
  const app = new OpenAPIHono();
  const registry = app.openAPIRegistry;
  registry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  registry.registerComponent("securitySchemes", "apiKey", {
    type: "apiKey",
    in: "header",
    name: "X-Api-Key",
  });
  for (const route of [...linksRouteDocs, ...redirectRouteDocs, ...systemRouteDocs]) {
    registry.registerPath(route);
  }
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Shortline",
      version: "1",
      description: "Short links: manage them with an API key, follow them without one.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
  });
}
