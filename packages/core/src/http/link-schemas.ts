import { z } from "@hono/zod-openapi";
import type { Link } from "../links/link.ts";
import { maxDestinationLength } from "../links/destination.ts";
import { maxTitleLength } from "../links/link-title.ts";
import { defaultPageSize, maxPageSize } from "../links/list-links.ts";
import { maxSlugLength } from "../links/slug.ts";

const exampleTime = "2030-01-31T12:00:00.000Z";

// The schemas check shapes and refuse unknown fields; what a value means is checked once, in links/.

const destination = z.string().openapi({
  description: "Absolute http or https URL without user name or password.",
  maxLength: maxDestinationLength,
  example: "https://example.com/a/long/path?with=parameters",
});

const title = z.string().nullable().openapi({
  description: "One line for the people who manage links; blanks around it are dropped.",
  maxLength: maxTitleLength,
  example: "Spring campaign",
});

const expiresAt = z.string().nullable().openapi({
  description: "RFC 3339 time in the future; from then on the link answers 410. Null: never.",
  format: "date-time",
  example: exampleTime,
});

const slug = z.string().openapi({
  description:
    "1 to 64 of A-Z, a-z, 0-9, - and _, starting with a letter or a digit. Case matters. Left out: one is generated.",
  pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
  maxLength: maxSlugLength,
  example: "spring",
});

/** Body of a create request. */
export const newLinkSchema = z
  .strictObject({
    destination,
    slug: slug.optional(),
    title: title.optional(),
    expiresAt: expiresAt.optional(),
  })
  .openapi("NewLink");

/** Body of an update request. */
export const linkChangesSchema = z
  .strictObject({
    destination: destination.optional(),
    title: title.optional(),
    expiresAt: expiresAt.optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, { message: "at least one field is needed" })
  .openapi("LinkChanges", { minProperties: 1 });

/** A link as clients see it. */
export const linkSchema = z
  .object({
    slug: z.string(),
    shortUrl: z.string().openapi({ format: "uri", example: "https://s.example.com/spring" }),
    destination: z.string(),
    title: z.string().nullable(),
    createdAt: z.string().openapi({ format: "date-time", example: exampleTime }),
    updatedAt: z.string().openapi({ format: "date-time", example: exampleTime }),
    expiresAt: z.string().nullable().openapi({ format: "date-time" }),
    clicks: z.number().int().openapi({
      description: "Followed this many times with GET; may lag by a fraction of a second.",
    }),
  })
  .openapi("Link");

/** One page of links as clients see it. */
export const linkPageSchema = z
  .object({
    links: z.array(linkSchema),
    nextCursor: z
      .string()
      .nullable()
      .openapi({ description: "Pass as `cursor` for the next page; null on the last." }),
  })
  .openapi("LinkPage");

/** Query of a list request. */
export const listQuerySchema = z.strictObject({
  cursor: z
    .string()
    .optional()
    .openapi({ description: "nextCursor of the previous page, unchanged." }),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, "a whole number is needed")
    .transform(Number)
    .optional()
    .openapi({ type: "integer", minimum: 1, maximum: maxPageSize, default: defaultPageSize }),
});

/** Path parameters of one link. */
export const slugParamsSchema = z.object({ slug: z.string().openapi({ example: "spring" }) });

/** A link as clients see it. */
export type LinkJson = z.infer<typeof linkSchema>;

/** Turns a link into what clients see; `baseUrl` has no slash at its end. */
export function toLinkJson(link: Link, baseUrl: string): LinkJson {
  return {
    slug: link.slug,
    shortUrl: `${baseUrl}/${link.slug}`,
    destination: link.destination,
    title: link.title,
    createdAt: link.createdAt.toISOString(),
    updatedAt: link.updatedAt.toISOString(),
    expiresAt: link.expiresAt?.toISOString() ?? null,
    clicks: link.clicks,
  };
}
