import { z } from "@hono/zod-openapi";
import { failureKinds, type FailureStatus } from "./failure-status.ts";
import type { ApiFailureCode } from "./http-failure.ts";

const problemSchema = z
  .object({
    type: z.string().openapi({ example: "urn:shortline:problem:slug-taken" }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().openapi({ description: "Stable name of the failure.", example: "slug-taken" }),
    next: z.string().openapi({ description: "What to do next." }),
    instance: z
      .string()
      .openapi({ description: "The request's id, as in X-Request-Id and in the logs." }),
  })
  .openapi("Problem");

/** One documented response. */
export interface DocumentedResponse {
  readonly description: string;
  readonly content?: {
    readonly "application/problem+json": { readonly schema: typeof problemSchema };
  };
}

/** Documents the failures a route can answer with, one entry per status. */
export function problemResponses(...codes: readonly ApiFailureCode[]): {
  readonly [Status in FailureStatus]?: DocumentedResponse;
} {
  const byStatus: { [Status in FailureStatus]?: DocumentedResponse } = {};
  for (const code of codes) {
    const { status, title } = failureKinds[code];
    const before = byStatus[status]?.description;
    const line = `${title} (\`${code}\`).`;
    byStatus[status] = {
      description: before === undefined ? line : `${before} ${line}`,
      content: { "application/problem+json": { schema: problemSchema } },
    };
  }
  return byStatus;
}

/** What every call with an API key can be answered with. */
export const commonApiFailures = [
  "unauthorized",
  "url-too-long",
  "internal-error",
  "store-unavailable",
] as const;

/** What every call with a body can be answered with. */
export const bodyFailures = [
  "invalid-request",
  "malformed-json",
  "body-too-large",
  "unsupported-media-type",
] as const;
